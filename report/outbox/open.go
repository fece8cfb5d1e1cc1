package outbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// segments are the log's files. mu guards all but found, serial, top, promised and given, which are the writer's, as is every change of lock.
type segments struct {
	lock     *os.File
	found    *Contents // when the log was opened
	serial   uint64    // of the current file
	top      uint64    // the last number that was written
	promised uint64    // reserved at its beginning
	given    uint64    // while the disk refuses: numbers up to here may be given to events meanwhile
	list     []segment // in order; the last is the current one
	file     file      // the current one
	before   []file    // to be synced and closed
	size     int64     // of the current one
	low      uint64    // of the last mark
	since    time.Time // when finished began to fill
	again    string    // why the log is to be begun again; empty: it is not
	round    int       // counts beginnings
}

type segment struct {
	path string
	top  uint64 // its highest number
}

func (o *Outbox) folder() string { return filepath.Join(o.Dir, Folder) }

// open reads the log and makes it ready to be written.
func (o *Outbox) open() (err error) {
	if o.log.lock == nil {
		l, err := lock(o.Dir)
		if err != nil {
			o.guessNumber()
			return err
		}
		o.locked(l)
	}
	if o.log.found == nil {
		if o.log.found, err = o.read(); err != nil {
			return err
		}
	}
	if o.log.found.cut() { // else it would be found damaged again
		return o.beginAgain("")
	}
	if err = o.goOn(o.log.found); nothingThere(err) {
		return o.beginAgain("its files were deleted")
	}
	return err
}

// goOn goes on with the last file of a log that was read, or makes the next.
func (o *Outbox) goOn(c *Contents) error {
	if n := len(c.Files); n > 0 && int64(c.whole) < o.segment {
		f, err := o.disk.open(c.Files[n-1])
		if err != nil {
			return err
		}
		if err := o.begin(f, int64(c.whole), false); err != nil {
			return errors.Join(err, f.Truncate(int64(c.whole)), f.Close()) // half a record would be damage
		}
		return nil
	}
	return o.newFile()
}

// read reads the log, and joins it with what is in memory.
func (o *Outbox) read() (*Contents, error) {
	c, err := Read(o.Dir)
	if err != nil {
		return nil, err
	}
	memo := readMemo(o.log.lock)
	switch n := len(c.Files); {
	case memo.Serial == 0:
	case n == 0:
		c.short = true
	case c.last.Boot == o.clock.boot: // after a power cut the memo may be older or newer than the files
		last := serial(filepath.Base(c.Files[n-1]))
		c.short = memo.Serial > last || memo.Serial == last && memo.Closed && !c.last.Closed || memo.Top >= c.Next
	}
	o.log.top = c.Next - 1
	c.last.Reserved = max(c.last.Reserved, memo.Reserved)
	c.given, o.log.given = memo.Given, memo.Given
	o.adopt(c)
	o.mu.Lock()
	o.log.list, o.log.serial, o.log.size = nil, 0, 0
	for i, path := range c.Files {
		o.log.list = append(o.log.list, segment{path, c.tops[i]})
		o.log.serial = serial(filepath.Base(path))
	}
	o.mu.Unlock()
	return c, nil
}

// guessNumber is for a log that can be read but not written.
func (o *Outbox) guessNumber() {
	c, err := Read(o.Dir)
	o.mu.Lock()
	defer o.mu.Unlock()
	if err == nil && o.next == 0 {
		o.next = max(c.Next, c.last.Reserved+1) + ahead
	}
}

// adopt joins what the log holds with what is in memory.
func (o *Outbox) adopt(c *Contents) {
	next, cut := c.Next, c.cut()
	if reserved := c.last.Reserved + 1; cut { // there may have been more than is known
		next = max(next, reserved) + ahead
	} else if !c.last.Closed && len(c.Files) > 0 && (o.clock.boot == "" || c.last.Boot != o.clock.boot) { // a power cut
		next = max(next, reserved)
	}
	next = max(next, c.given)
	o.mu.Lock()
	defer o.mu.Unlock()
	was := o.clock.base
	o.clock.goOn(c)
	for _, it := range o.items { // those that came before the log could be read
		it.at += o.clock.base - was
		if it.seq < next {
			it.seq = next
		}
		next = it.seq + 1
	}
	items := make([]*item, 0, len(c.Events)+len(o.items))
	for _, e := range c.Events {
		items = append(items, &item{seq: e.Seq, at: e.at, payload: e.Payload, written: true, ready: true})
		o.count++
		o.bytes += int64(len(e.Payload))
	}
	o.items = append(items, o.items...)
	first := o.next == 0
	o.next = max(o.next, next)
	o.reported = max(o.reported, c.last.Reported)
	o.dropped += c.last.Dropped
	o.finished = append(o.finished, c.Missing...)
	if n := c.MissingCount(); n > 0 {
		o.lose(n, "files of the outbox were damaged or deleted")
	}
	unused := o.next // the first number from here on that is in use
	if len(o.items) > len(items) {
		unused = o.items[len(items)].seq
	}
	if c.Next < unused {
		o.finished = append(o.finished, seqSpan{c.Next, unused - 1}) // never used, or lost with what was cut off
	}
	if !first {
		o.rewind()
	}
	if cut || len(c.Missing) > 0 {
		o.trouble.loss, o.trouble.lossEnd = "files of the outbox were damaged or deleted", time.Now().Add(o.times.loss)
		o.Logger.Error("the outbox is damaged", "folder", o.folder(), "damaged_bytes", c.Damaged, "cut_bytes", c.Torn,
			"missing_events", c.MissingCount(), "end_lost", c.short, "kept_events", len(c.Events))
	}
	if c.given > 0 && o.trouble.loss == "" {
		o.trouble.loss, o.trouble.lossEnd = "events may be lost: the disk had not taken them when the daemon ended", time.Now().Add(o.times.loss)
	}
	o.limit()
}

// createFile makes the file with the next number.
func (o *Outbox) createFile() (path string, f file, err error) {
	path = filepath.Join(o.folder(), fileName(o.log.serial+1))
	if f, err = o.disk.open(path); err == nil {
		o.log.serial++
	}
	return path, f, err
}

// newFile makes the next file the current one.
func (o *Outbox) newFile() error {
	path, f, err := o.createFile()
	if err != nil {
		return err
	}
	o.mu.Lock()
	o.log.list = append(o.log.list, segment{path: path})
	o.mu.Unlock()
	if err := o.begin(f, 0, true); err != nil {
		o.mu.Lock()
		o.log.list = o.log.list[:len(o.log.list)-1]
		o.mu.Unlock()
		return errors.Join(err, f.Close(), o.disk.remove(path))
	}
	return nil
}

// begin writes a mark that reserves numbers, makes it last, and goes on with this file.
func (o *Outbox) begin(f file, size int64, fresh bool) error {
	o.mu.Lock()
	done, reserved, low := o.finished, o.next+ahead, o.low()
	o.log.promised = reserved
	o.finished = nil
	b := o.marks(nil, o.unwritten(), reserved, done, false)
	o.mu.Unlock()
	err := o.start(f, b, fresh)
	o.mu.Lock()
	defer o.mu.Unlock()
	if err != nil {
		o.finished = append(done, o.finished...)
		return err
	}
	if o.log.file != nil {
		o.log.before = append(o.log.before, o.log.file)
	}
	o.log.file, o.log.size, o.log.low, o.reserved = f, size+int64(len(b)), low, reserved
	return nil
}

func (o *Outbox) start(f file, b []byte, fresh bool) error {
	if !fresh { // from here on the log is not closed
		if err := o.memo(false); err != nil {
			return err
		}
	}
	if _, err := f.Write(b); err != nil {
		return err
	}
	if err := f.Sync(); err != nil || !fresh {
		return err
	}
	if err := o.memo(false); err != nil {
		return err
	}
	return o.disk.syncFolder(o.folder()) // else a power cut may take the file away with its events
}

// gone says whether the log is to be begun again, because files of it are not there as they were written.
func (o *Outbox) gone() bool {
	o.mu.Lock()
	list, f, lock, size, round := slices.Clone(o.log.list), o.log.file, o.log.lock, o.log.size, o.log.round
	o.mu.Unlock()
	if f == nil {
		return false
	}
	why := ""
	if !o.holds(lock) {
		why = "its lock was deleted or replaced"
	}
	for i, s := range list {
		info, err := os.Stat(s.path)
		if nothingThere(err) {
			why = "its files were deleted"
		}
		if err != nil || i < len(list)-1 {
			continue
		}
		if mine, err := f.Stat(); err == nil && !os.SameFile(mine, info) {
			why = "its file was replaced"
		} else if info.Size() < size {
			why = "its file was cut off"
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if why != "" && round == o.log.round && slices.Equal(list, o.log.list[:min(len(list), len(o.log.list))]) {
		o.log.again = why
		wakeUp(o.wake)
	}
	return o.log.again != ""
}

// nothingThere says whether an error is that a path leads to nothing: a folder on its way may be a file by now, or a link to itself.
func nothingThere(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ELOOP)
}

// holds says whether the lock is where others look for it. Without it, another daemon could take the folder.
func (o *Outbox) holds(lock *os.File) bool {
	there, err := os.Stat(filepath.Join(o.Dir, lockName))
	if err != nil {
		return !nothingThere(err)
	}
	mine, err := lock.Stat()
	return err != nil || os.SameFile(mine, there)
}

// locked notes the lock.
func (o *Outbox) locked(lock *os.File) {
	o.mu.Lock()
	o.log.lock = lock
	o.mu.Unlock()
}

// beginAgain writes all that waits into a new file, and removes the others.
func (o *Outbox) beginAgain(why string) error {
	if !o.holds(o.log.lock) {
		fresh, err := lock(o.Dir)
		if err != nil {
			return err
		}
		_ = o.log.lock.Close() // of a file that is gone
		o.locked(fresh)
	} else if err := os.MkdirAll(o.folder(), 0o700); err != nil {
		return err
	}
	path, f, err := o.createFile()
	if err != nil {
		return err
	}
	o.mu.Lock()
	reserved, low, batch, top := o.next+ahead, o.low(), len(o.pending), uint64(0)
	o.log.promised = reserved
	b := o.marks(nil, o.unwritten(), reserved, nil, false)
	held := slices.Clone(o.items)
	for _, it := range held {
		if !it.done && len(it.payload) <= maxPayload {
			b = record{eventKind, it.seq, it.at, it.payload}.append(b)
			top = max(top, it.seq)
		}
	}
	b = o.marks(b, o.next, reserved, holes(held, o.next), false)
	o.mu.Unlock()
	if err := o.start(f, b, true); err != nil {
		return errors.Join(err, f.Close(), o.disk.remove(path))
	}
	o.mu.Lock()
	for _, it := range o.pending[:batch] {
		it.written = true
		it.answered()
	}
	old := o.log.list
	abandoned := append(o.log.before, o.log.file)
	o.pending = o.pending[batch:]
	o.log.list, o.log.file, o.log.before = []segment{{path, top}}, f, nil
	o.log.size, o.log.low, o.reserved, o.log.again = int64(len(b)), low, reserved, ""
	o.log.round++
	if why != "" {
		o.trouble.loss = fmt.Sprintf("the outbox was begun again with %d events: %s while the daemon ran", o.count, why)
		o.trouble.lossEnd = time.Now().Add(o.times.loss)
	}
	o.mu.Unlock()
	o.Logger.Warn("the outbox was begun again from memory", "folder", o.folder(), "reason", why, "events", len(held))
	for _, a := range abandoned {
		if a != nil {
			_ = a.Close() // all of it is in the new file
		}
	}
	for _, s := range old {
		_ = o.disk.remove(s.path) // likewise; most are not there
	}
	if o.OnChange != nil {
		o.OnChange()
	}
	return nil
}

// holes are the numbers between the first item and next that do not wait.
func holes(items []*item, next uint64) (spans []seqSpan) {
	if len(items) == 0 {
		return nil
	}
	at := items[0].seq
	for _, it := range items {
		if it.done {
			continue
		}
		if it.seq > at {
			spans = append(spans, seqSpan{at, it.seq - 1})
		}
		at = it.seq + 1
	}
	if next > at {
		spans = append(spans, seqSpan{at, next - 1})
	}
	return spans
}

// closeFiles lets go of all.
func (o *Outbox) closeFiles() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.log.file != nil && o.trouble.err == nil {
		_ = o.memo(true) // at worst the next start skips numbers
	}
	for _, f := range append(o.log.before, o.log.file) {
		if f != nil {
			_ = f.Close() // it was synced, or that failed and was said
		}
	}
	o.log.file, o.log.before = nil, nil
	if o.log.lock != nil {
		_ = o.log.lock.Close()
	}
}

package outbox

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Contents is what an outbox's files hold.
type Contents struct {
	Events  []Entry     // not acknowledged, by number
	Missing [][2]uint64 // numbers of events that should be there and are not, first and last
	Next    uint64      // the next event's number; numbers before it that are not here were delivered, dropped or never used
	Dropped uint64      // events lost before, as the outbox counted them
	Damaged int         // bytes that are no record
	Torn    int         // bytes after the last record: a write that a kill or power cut ended
	Files   []string

	last          mark
	clock, marked time.Duration // the last that was written, and that of the last mark
	short         bool          // the end is missing
	given         uint64        // as in the memo
	whole         int           // bytes of the last file up to Torn
	tops          []uint64      // the highest number in each file
	done          [][2]uint64
}

// MissingCount is how many events are missing.
func (c *Contents) MissingCount() (n uint64) {
	for _, r := range c.Missing {
		n += r[1] - r[0] + 1
	}
	return n
}

// cut says whether there may have been more than is known.
func (c *Contents) cut() bool { return c.short || c.Damaged+c.Torn > 0 }

const (
	suffix   = ".log"
	maxFile  = 64 << 20 // what is read of one file; the daemon writes less
	maxRange = 1 << 32  // a longer gap is no loss but nonsense
)

// Read reads the outbox below a state folder, without changing it. Damage is no error: the contents say what it is.
func Read(stateDir string) (*Contents, error) {
	dir := filepath.Join(stateDir, Folder)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err //nolint:wrapcheck // it names the folder
	}
	r := reader{events: map[uint64]record{}}
	for _, e := range entries { // in the order of their names
		if serial(e.Name()) == 0 || !e.Type().IsRegular() {
			continue
		}
		path := filepath.Join(dir, e.Name())
		data, err := readFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // all of it was delivered meanwhile
		}
		if errors.Is(err, syscall.EIO) {
			r.c.Damaged++ // what was read before it counts
		} else if err != nil {
			return nil, fmt.Errorf("read %s: %w", path, err)
		}
		r.add(path, data)
	}
	return r.contents(), nil
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	return io.ReadAll(io.LimitReader(f, maxFile))
}

// serial is the number of a file by its name, 0 for other files.
func serial(name string) uint64 {
	n, err := strconv.ParseUint(strings.TrimSuffix(name, suffix), 10, 62)
	if err != nil || name != fileName(n) {
		return 0
	}
	return n
}

func fileName(n uint64) string { return fmt.Sprintf("%020d%s", n, suffix) }

// reader gathers what the files hold.
type reader struct {
	c      Contents
	events map[uint64]record
	top    uint64 // highest number that was given out for sure
	low    uint64
	marked bool
}

func (r *reader) add(path string, data []byte) {
	c := &r.c
	var top uint64
	c.Damaged += c.Torn // a file came after it
	end, damaged := scan(data, func(rec record) {
		c.clock = max(c.clock, rec.at)
		if rec.kind == eventKind {
			r.events[rec.seq] = rec
			r.top, top = max(r.top, rec.seq), max(top, rec.seq)
			c.last.Closed = false
			return
		}
		var m mark
		if json.Unmarshal(rec.payload, &m) != nil || rec.kind != markKind {
			return
		}
		r.top = max(r.top, rec.seq-min(rec.seq, 1))
		r.low = max(r.low, m.Low)
		m.Reserved, m.Dropped, m.Reported = max(m.Reserved, c.last.Reserved), max(m.Dropped, c.last.Dropped), max(m.Reported, c.last.Reported)
		c.done = append(c.done, m.Done...)
		c.last, c.marked, r.marked = m, rec.at, true
	})
	c.Damaged += damaged
	c.Torn, c.whole = len(data)-end, end
	c.Files, c.tops = append(c.Files, path), append(c.tops, top)
}

// contents sorts out which events wait, and which are missing.
func (r *reader) contents() *Contents {
	c := &r.c
	if !r.marked && len(r.events) == 0 {
		c.Next = 1
		return c
	}
	first := r.low
	if !r.marked {
		first = r.top
		for seq := range r.events {
			first = min(first, seq)
		}
	}
	known := slices.Clone(c.done)
	byFirst := func(a, b [2]uint64) int { return cmp.Compare(a[0], b[0]) }
	slices.SortFunc(c.done, byFirst)
	done, end := c.done, uint64(0) // numbers up to end, or in done, are done
	for _, seq := range slices.Sorted(maps.Keys(r.events)) {
		known = append(known, [2]uint64{seq, seq})
		for ; len(done) > 0 && done[0][0] <= seq; done = done[1:] {
			end = max(end, done[0][1])
		}
		if seq >= r.low && seq > end {
			c.Events = append(c.Events, Entry{Seq: seq, Payload: r.events[seq].payload, at: r.events[seq].at})
		}
	}
	slices.SortFunc(known, byFirst)
	next := max(first, 1) // the first number that is not known yet
	for _, k := range append(known, [2]uint64{r.top + 1, r.top + 1}) {
		if k[0] > next && k[0]-next < maxRange && k[0] <= r.top+1 {
			c.Missing = append(c.Missing, [2]uint64{next, k[0] - 1})
		}
		next = max(next, k[1]+1)
	}
	c.Next = r.top + 1
	return c
}

package outbox

import (
	"context"
	"fmt"
	"time"
)

const (
	ahead    = 100_000 // numbers that are reserved at a time
	maxSpans = 1000    // in one mark
)

// write is the goroutine that writes. Nobody else waits for the disk: it holds no lock while it does.
func (o *Outbox) write(ctx context.Context, opened, synced chan struct{}) {
	again := o.attempt(false)
	close(opened)
	old := time.NewTicker(o.times.sweep)
	defer old.Stop()
	for {
		wake := o.wake
		if again != nil {
			wake = nil // a disk that refuses is asked again after a while, not with every event
		}
		select {
		case <-ctx.Done():
			<-synced
			o.gone()
			o.attempt(true)
			o.syncOnce()
			o.closeFiles()
			return
		case <-wake:
		case <-again:
		case <-old.C:
			o.dropOld()
		}
		again = o.attempt(false)
	}
}

// attempt writes what there is to write, and returns when to try again, nil when all is well.
func (o *Outbox) attempt(closing bool) <-chan time.Time {
	err := o.step(closing)
	o.fail(err)
	if err == nil {
		o.taken()
		return nil
	}
	o.refused()
	o.mu.Lock()
	defer o.mu.Unlock()
	o.progress.force = false
	for _, it := range o.pending {
		it.answered()
	}
	return time.After(o.times.retry)
}

// answered ends the wait for the writer.
func (it *item) answered() {
	if it.tried != nil {
		close(it.tried)
		it.tried = nil
	}
}

func (o *Outbox) step(closing bool) error {
	if o.log.file == nil {
		if err := o.guard(o.times.hang, o.open); err != nil {
			return fmt.Errorf("open %s: %w", o.folder(), err)
		}
	}
	o.mu.Lock()
	why, full := o.log.again, o.log.size >= o.segment
	o.progress.force = o.progress.force || o.log.given > 0 // its mark has the numbers of all that were refused
	o.mu.Unlock()
	switch {
	case why != "":
		if err := o.guard(o.times.hang, func() error { return o.beginAgain(why) }); err != nil {
			return fmt.Errorf("begin %s again: %w", o.folder(), err)
		}
	case full:
		if err := o.guard(o.times.hang, o.newFile); err != nil {
			return fmt.Errorf("write %s: %w", o.folder(), err)
		}
	}
	return o.writePending(closing)
}

// writePending writes the events that are not written yet, and what was done.
func (o *Outbox) writePending(closing bool) error {
	o.mu.Lock()
	var b []byte
	top := o.log.list[len(o.log.list)-1].top
	batch := o.pending
	for _, it := range batch {
		if !it.done && len(it.payload) <= maxPayload {
			b = record{eventKind, it.seq, it.at, it.payload}.append(b)
			top = max(top, it.seq)
		}
	}
	scarce := o.next+ahead/2 > o.reserved
	sync := len(b) > 0 || scarce || o.progress.force || closing
	var done []seqSpan
	reserved, low := o.reserved, o.log.low
	if scarce || closing || o.progress.force || len(o.finished) > 0 && time.Since(o.log.since) >= o.Sync {
		if scarce {
			reserved = o.next + ahead
		}
		done, low = o.finished, o.low()
		o.finished = nil
		b = o.marks(b, o.next, reserved, done, closing)
	}
	f, size := o.log.file, o.log.size
	o.mu.Unlock()
	var err error
	if len(b) > 0 {
		err = o.guard(o.times.answer, func() error { _, err := f.Write(b); return err })
	}
	if err == nil && top > o.log.top {
		o.log.top = top
		_ = o.guard(o.times.answer, func() error { return o.memo(false) }) // at worst a log that is cut between two records seems whole
	}
	var cut error
	if err != nil {
		cut = f.Truncate(size)
		err = fmt.Errorf("write %s: %w", o.folder(), err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if cut != nil {
		o.log.again = "a write failed"
	}
	if err != nil {
		o.finished = append(done, o.finished...)
		return err
	}
	for _, it := range batch {
		it.written = len(it.payload) <= maxPayload
		it.answered()
	}
	o.pending = o.pending[len(batch):]
	o.reserved, o.log.low, o.log.size = reserved, low, size+int64(len(b))
	o.log.list[len(o.log.list)-1].top = top
	if sync {
		o.progress.force = false
		o.progress.wrote++
		wakeUp(o.dirty)
	}
	return nil
}

// marks appends what is done, in as many marks as it takes. mu is held.
func (o *Outbox) marks(b []byte, next, reserved uint64, done []seqSpan, closed bool) []byte {
	for first := true; first || len(done) > 0; first = false {
		n := min(len(done), maxSpans)
		m := mark{
			Low: o.low(), Reserved: reserved, Dropped: o.dropped, Reported: o.reported, Boot: o.clock.boot, Up: o.clock.up().Milliseconds(),
			Done: done[:n], Closed: closed,
		}
		done = done[n:]
		b = m.record(next, o.clock.now()).append(b)
	}
	return b
}

// unwritten is the number of the first event that is not written. mu is held.
func (o *Outbox) unwritten() uint64 {
	if len(o.pending) == 0 {
		return o.next
	}
	return o.pending[0].seq
}

// low is the number of the first event that is not done. mu is held.
func (o *Outbox) low() uint64 {
	if len(o.items) == 0 {
		return o.next
	}
	return o.items[0].seq
}

// dropOld drops the events that are too old.
func (o *Outbox) dropOld() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.items) > 0 && o.items[0].ready && o.clock.now()-o.items[0].at > o.MaxAge {
		o.drop(o.items[0], "they waited longer than mqtt.spool_age")
	}
	if len(o.items) > 0 { // else what they waited so far would be forgotten by a power cut
		o.progress.force = true
	}
}

// syncFiles is the goroutine that makes what was written last, and looks whether the files are still there.
func (o *Outbox) syncFiles(ctx context.Context) {
	look := time.NewTicker(o.times.check)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-o.dirty:
		case <-look.C:
			if !o.gone() {
				continue
			}
		}
		began := time.Now()
		o.syncOnce()
		select {
		case <-ctx.Done():
		case <-time.After(time.Until(began.Add(o.Sync))):
		}
	}
}

// syncOnce syncs every file that was written, and removes those of which all is done.
func (o *Outbox) syncOnce() {
	if o.gone() {
		wakeUp(o.wake)
		return
	}
	o.mu.Lock()
	f, before, wrote, low, round := o.log.file, o.log.before, o.progress.wrote, o.log.low, o.log.round
	o.log.before = nil
	o.mu.Unlock()
	if f == nil {
		return
	}
	var err error
	for _, old := range before {
		err = firstOf(err, o.guard(o.times.hang, old.Sync), old.Close())
	}
	if err = firstOf(err, o.guard(o.times.hang, f.Sync)); err != nil {
		o.change(func() {
			if round == o.log.round { // else it was of files that were given up meanwhile
				o.log.again = "an fsync failed"
				o.trouble.err = fmt.Errorf("sync %s: %w", o.folder(), err)
			}
		})
		wakeUp(o.wake)
		return
	}
	o.mu.Lock()
	o.progress.synced = max(o.progress.synced, wrote)
	var done []segment
	for len(o.log.list) > 1 && o.log.list[0].top < low && round == o.log.round {
		done = append(done, o.log.list[0])
		o.log.list = o.log.list[1:]
	}
	o.mu.Unlock()
	for _, s := range done {
		if err := o.guard(o.times.hang, func() error { return o.disk.remove(s.path) }); err != nil {
			o.Logger.Warn("a file of the outbox whose events were delivered cannot be removed", "error", err)
		}
	}
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

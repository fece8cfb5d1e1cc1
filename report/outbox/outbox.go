// Package outbox keeps events in a log on disk until the broker has them, and counts them over restarts.
package outbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/maskwarden/maskwarden/report"
)

// Folder is where the outbox's files are, below the state folder.
const Folder = "outbox"

// Limits that hold where a field is zero.
const (
	DefaultMaxEvents = 10_000
	DefaultMaxBytes  = 32 << 20
	DefaultMaxAge    = 7 * 24 * time.Hour
	DefaultSync      = 50 * time.Millisecond
)

// Outbox is a durable, bounded queue of events. An event is in the kernel's hands, so that a kill cannot lose it, before Append
// returns; the disk has it after one group commit. What waits is in memory too: a disk that is full, hangs or loses files stops nobody.
type Outbox struct {
	Dir       string        // state folder; the files are in the folder outbox in it
	MaxEvents int           // events kept; then the oldest are dropped
	MaxBytes  int64         // bytes of payload kept
	MaxAge    time.Duration // older events are dropped
	Sync      time.Duration // at most one fsync in this time
	OnChange  func()        // called when State().Error or State().Loss changes; must not block or call the outbox; may be nil
	Logger    *slog.Logger

	disk    disk
	clock   clock
	times   times
	segment int64 // a larger file is followed by another

	wake, dirty, news chan struct{} // to the writer, to the syncer, to the reader
	stop              context.CancelFunc
	ended             chan struct{} // the goroutines ended
	log               segments      // the writer's

	mu       sync.Mutex
	items    []*item   // in order; the first is not done
	pending  []*item   // not written yet
	finished []seqSpan // done, and no mark says so yet
	next     uint64    // number of the next event
	reserved uint64    // numbers up to here are reserved on disk
	dropped  uint64
	reported uint64 // of dropped, what was reported to readers
	count    int
	bytes    int64
	back     uint64 // of those that waited when the reader began, the next to be taken
	live     uint64 // the first that came since
	fresh    uint64 // of these, the next to be taken
	turn     bool   // whether a new one is next
	trouble  trouble
	progress progress
}

type seqSpan = [2]uint64

// item is an event that waits.
type item struct {
	seq     uint64
	at      time.Duration
	payload []byte
	tried   chan struct{} // closed once the writer tried; nil after that
	written bool
	ready   bool // may be taken
	done    bool
}

// Entry is one event in the queue.
type Entry struct {
	Seq     uint64
	Payload []byte

	at   time.Duration
	item *item
}

// Initialize reads what is there and starts writing. A disk that refuses is no error: events then wait in memory, the state says why,
// and it is tried again.
func (o *Outbox) Initialize() {
	o.setDefaults()
	o.wake, o.dirty, o.news = make(chan struct{}, 1), make(chan struct{}, 1), make(chan struct{}, 1)
	o.ended = make(chan struct{})
	ctx, stop := context.WithCancel(context.Background())
	o.stop = stop
	opened := make(chan struct{})
	synced := make(chan struct{})
	go func() { defer close(synced); o.syncFiles(ctx) }()
	go func() { defer close(o.ended); o.write(ctx, opened, synced) }()
	select {
	case <-opened:
	case <-time.After(o.times.open):
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.next == 0 { // nobody knows the last number: go on where no outbox got to
		o.next = uint64(max(1, time.Now().UnixMilli()))
	}
	o.rewind()
}

func (o *Outbox) setDefaults() {
	if o.MaxEvents <= 0 {
		o.MaxEvents = DefaultMaxEvents
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	for d, v := range map[*time.Duration]time.Duration{&o.MaxAge: DefaultMaxAge, &o.Sync: DefaultSync} {
		if *d <= 0 {
			*d = v
		}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.segment == 0 {
		o.segment = 1 << 20
	}
	o.disk.setDefaults()
	o.clock.setDefaults()
	o.times.setDefaults()
}

// Append numbers an event and adds it: encode makes it from its number and from whether the disk has taken it. It returns once the
// kernel has the event, or after a fifth of a second without it. With no room left the oldest event is dropped and counted; so is one of
// which encode makes nil.
func (o *Outbox) Append(encode func(seq uint64, stored bool) []byte) (seq uint64, stored bool) {
	o.mu.Lock()
	seq = o.next
	o.next++
	it := &item{seq: seq, at: o.clock.now(), payload: encode(seq, true), tried: make(chan struct{})}
	if it.payload == nil {
		it.tried, it.ready = nil, true
		o.items = append(o.items, it)
		o.count++
		o.drop(it, "an event could not be encoded")
		o.mu.Unlock()
		return seq, false
	}
	tried := it.tried
	o.items, o.pending = append(o.items, it), append(o.pending, it)
	o.count++
	o.bytes += int64(len(it.payload))
	wait := o.trouble.text() == ""
	o.mu.Unlock()
	wakeUp(o.wake)
	if wait {
		late := time.NewTimer(o.times.answer)
		select {
		case <-tried:
		case <-late.C:
		}
		late.Stop()
	}
	o.mu.Lock()
	stored = wait && it.written
	if !stored && !it.done {
		payload := encode(seq, false)
		o.bytes += int64(len(payload) - len(it.payload))
		it.payload = payload
	}
	it.ready = true
	o.limit()
	o.mu.Unlock()
	wakeUp(o.news)
	return seq, stored
}

// Take returns up to n events that were not taken since Rewind: those that waited then, and those that came since, one of each in turn.
func (o *Outbox) Take(n int) (entries []Entry) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(entries) < n {
		it := o.pick(o.turn)
		if it == nil {
			if it = o.pick(!o.turn); it == nil {
				break
			}
		}
		o.turn = !o.turn
		entries = append(entries, Entry{Seq: it.seq, Payload: it.payload, at: it.at, item: it})
	}
	return entries
}

// pick takes the next new event, or the next of those that waited.
func (o *Outbox) pick(isNew bool) *item {
	at, end := &o.back, o.live
	if isNew {
		at, end = &o.fresh, maxSeq
	}
	for i := find(o.items, *at); i < len(o.items) && o.items[i].seq < end; i++ {
		it := o.items[i]
		if !it.ready {
			return nil
		}
		*at = it.seq + 1
		if !it.done {
			return it
		}
	}
	return nil
}

// Rewind makes every event that waits one that Take returns: a new reader begins.
func (o *Outbox) Rewind() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.rewind()
}

func (o *Outbox) rewind() { o.back, o.live, o.fresh, o.turn = 0, o.next, o.next, true }

// Peek returns up to n of the oldest events without taking them.
func (o *Outbox) Peek(n int) (entries []Entry) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, it := range o.items {
		if len(entries) == n {
			break
		}
		if !it.done {
			entries = append(entries, Entry{Seq: it.seq, Payload: it.payload, at: it.at, item: it})
		}
	}
	return entries
}

// Ack removes an event: the broker has it.
func (o *Outbox) Ack(e Entry) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if e.item != nil && !e.item.done {
		o.finish(e.item)
	}
}

// finish takes an event off the queue.
func (o *Outbox) finish(it *item) {
	it.done = true
	o.count--
	o.bytes -= int64(len(it.payload))
	if n := len(o.finished); n > 0 && o.finished[n-1][1]+1 == it.seq {
		o.finished[n-1][1] = it.seq
	} else {
		if n == 0 {
			o.log.since = time.Now()
			time.AfterFunc(o.Sync, func() { wakeUp(o.wake) })
		}
		o.finished = append(o.finished, seqSpan{it.seq, it.seq})
	}
	for len(o.items) > 0 && o.items[0].done {
		o.items[0] = nil
		o.items = o.items[1:]
	}
}

// limit drops the oldest events while there are too many.
func (o *Outbox) limit() {
	for o.count > 1 && (o.count > o.MaxEvents || o.bytes > o.MaxBytes) {
		o.drop(o.items[0], "the outbox is full")
	}
}

func (o *Outbox) drop(it *item, why string) {
	o.finish(it)
	o.lose(1, why)
}

// News receives after events were added; one receive may stand for many events.
func (o *Outbox) News() <-chan struct{} { return o.news }

// Unreported returns how many events were lost and not reported yet, how many since the outbox was first made, and why the last were.
func (o *Outbox) Unreported() (lost, total uint64, why string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.dropped - min(o.reported, o.dropped), o.dropped, o.trouble.why
}

// Reported notes that so many lost events, in all, were reported to readers.
func (o *Outbox) Reported(total uint64) {
	o.mu.Lock()
	o.reported = max(o.reported, total)
	o.progress.force = true
	o.mu.Unlock()
	wakeUp(o.wake)
}

// State returns how full the queue is and whether the disk takes it.
func (o *Outbox) State() report.Spool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return report.Spool{Queued: o.count, Dropped: o.dropped, Error: o.trouble.text(), Loss: o.trouble.recent()}
}

// Flush returns once everything is on the disk.
func (o *Outbox) Flush() error {
	o.mu.Lock()
	o.progress.force = true
	o.mu.Unlock()
	wakeUp(o.wake)
	for deadline := time.Now().Add(o.times.flush); ; time.Sleep(time.Millisecond) {
		o.mu.Lock()
		err, done := o.trouble.err, len(o.pending) == 0 && !o.progress.force && o.progress.synced == o.progress.wrote
		o.mu.Unlock()
		switch {
		case done:
			return nil
		case err != nil:
			return err
		case time.Now().After(deadline):
			return fmt.Errorf("%s: the disk does not answer", o.folder())
		}
	}
}

// Close writes what is pending and closes the files. It does not wait long for a disk that hangs. The error names how many events are lost.
func (o *Outbox) Close() error {
	o.stop()
	var err error
	select {
	case <-o.ended:
	case <-time.After(o.times.flush):
		err = fmt.Errorf("%s: the disk does not answer", o.folder())
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	lost := len(slices.DeleteFunc(slices.Clone(o.pending), func(it *item) bool { return it.done }))
	if err == nil && lost+o.progress.unsynced() > 0 {
		err = cmp.Or(o.trouble.err, errors.New("the disk does not sync"))
	}
	if err != nil {
		return fmt.Errorf("outbox closed with %d events not on disk: %w", lost, err)
	}
	return nil
}

func find(items []*item, seq uint64) int {
	i, _ := slices.BinarySearchFunc(items, seq, func(it *item, seq uint64) int {
		switch {
		case it.seq < seq:
			return -1
		case it.seq > seq:
			return 1
		}
		return 0
	})
	return i
}

func wakeUp(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

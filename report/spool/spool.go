// Package spool keeps events on disk until the broker has them.
package spool

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/maskwarden/maskwarden/report"
)

// Name is the outbox's file in the state folder.
const Name = "spool.db"

// Limits that hold where a field is zero.
const (
	DefaultMaxEvents = 10_000
	DefaultMaxBytes  = 32 << 20
	DefaultMaxAge    = 7 * 24 * time.Hour
)

const (
	maxPending = 1024                  // events held in memory while the disk is slow or full
	gather     = 50 * time.Millisecond // how long a burst is gathered for one fsync
	retry      = 5 * time.Second       // between attempts on a disk that refuses
	sweep      = time.Minute           // between looks for events that are too old
)

// Spool is a durable, bounded queue of encoded events. Append never waits for the disk: one goroutine writes what has
// gathered in one transaction, so an event is safe from a kill about 50 ms and an fsync after Append. While the disk
// refuses, the newest events stay in memory and are written as soon as it takes them again.
type Spool struct {
	Dir       string        // folder of the file spool.db, which is made with mode 0600
	MaxEvents int           // events kept; then the oldest are dropped
	MaxBytes  int64         // bytes of payload kept
	MaxAge    time.Duration // older events are dropped
	OnChange  func()        // called when State().Error comes, goes or changes; must not block; may be nil
	Logger    *slog.Logger

	path string
	wake chan struct{}      // to run: there is something to write
	news chan struct{}      // to the reader: there may be something to read
	stop context.CancelFunc // ends run
	done chan struct{}

	diskMu sync.Mutex // held while the file is used; taken before mu
	disk   *disk      // nil while it cannot be opened

	mu      sync.Mutex
	pending []Entry // not on disk yet, in order
	next    uint64  // the next entry's Seq
	acked   uint64  // entries up to here are done with
	epoch   int     // counts openings of the file, see adopt
	onDisk  int
	dropped uint64
	err     error // why the disk refuses
}

// Entry is one event in the queue.
type Entry struct {
	Seq     uint64 // grows with each event
	Payload []byte

	time  time.Time
	epoch int
}

// Initialize opens the file and starts writing. A mistake of the set-up (no such folder, no right to write, another
// daemon on the same file) is an error; a disk that is full or broken is not: events are then held in memory.
func (s *Spool) Initialize() error {
	if s.MaxEvents <= 0 {
		s.MaxEvents = DefaultMaxEvents
	}
	if s.MaxBytes <= 0 {
		s.MaxBytes = DefaultMaxBytes
	}
	if s.MaxAge <= 0 {
		s.MaxAge = DefaultMaxAge
	}
	if s.Logger == nil {
		s.Logger = slog.New(slog.DiscardHandler)
	}
	s.path = filepath.Join(s.Dir, Name)
	s.next = 1
	if err := s.open(); err != nil {
		if isSetup(err) {
			return err
		}
		s.fail(err)
	}
	s.wake, s.news = make(chan struct{}, 1), make(chan struct{}, 1)
	s.done = make(chan struct{})
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	go s.run(ctx)
	return nil
}

// Append adds an event. It never blocks; with no room left the oldest event is dropped and counted.
func (s *Spool) Append(payload []byte) {
	s.mu.Lock()
	s.pending = append(s.pending, Entry{Seq: s.next, Payload: payload, time: time.Now(), epoch: s.epoch})
	s.next++
	if over := len(s.pending) - maxPending; over > 0 {
		s.pending = slices.Delete(s.pending, 0, over)
		s.dropped += uint64(over)
	}
	s.mu.Unlock()
	wakeUp(s.wake)
	wakeUp(s.news)
}

// Peek returns up to n of the oldest events, in order, without removing them.
func (s *Spool) Peek(n int) []Entry {
	s.diskMu.Lock()
	defer s.diskMu.Unlock()
	s.mu.Lock()
	acked, epoch := s.acked, s.epoch
	s.mu.Unlock()
	var entries []Entry
	if s.disk != nil {
		var err error
		if entries, err = s.disk.read(acked, n); errors.Is(err, errCorrupt) {
			s.giveUp(err)
		}
	}
	for i := range entries {
		entries[i].epoch = epoch
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.pending {
		if len(entries) == n {
			break
		}
		entries = append(entries, e)
	}
	return entries
}

// Ack removes an event and all before it: the broker has them.
func (s *Spool) Ack(e Entry) {
	s.mu.Lock()
	if e.epoch == s.epoch && e.Seq > s.acked {
		s.acked = e.Seq
		s.pending = slices.DeleteFunc(s.pending, func(p Entry) bool { return p.Seq <= e.Seq })
	}
	s.mu.Unlock()
	wakeUp(s.wake)
}

// News receives after events were added; one receive may stand for many events.
func (s *Spool) News() <-chan struct{} { return s.news }

// State returns how full the queue is and whether the disk takes it.
func (s *Spool) State() report.Spool {
	s.mu.Lock()
	defer s.mu.Unlock()
	state := report.Spool{Queued: s.onDisk + len(s.pending), Dropped: s.dropped}
	if s.err != nil {
		state.Error = s.err.Error()
	}
	return state
}

// Sync writes what is pending and returns when it is on disk.
func (s *Spool) Sync() error {
	s.diskMu.Lock()
	defer s.diskMu.Unlock()
	err := s.commit()
	if errors.Is(err, errCorrupt) {
		s.giveUp(err)
		err = s.commit()
	}
	s.fail(err)
	return err
}

// Close writes what is pending and closes the file. It returns an error that names the number of events that were lost.
func (s *Spool) Close() error {
	s.stop()
	<-s.done
	err := s.Sync()
	s.diskMu.Lock()
	defer s.diskMu.Unlock()
	s.mu.Lock()
	lost := len(s.pending)
	s.pending = nil
	s.mu.Unlock()
	if s.disk != nil {
		err = errors.Join(err, s.disk.close())
		s.disk = nil
	}
	if err != nil {
		return fmt.Errorf("spool closed with %d events not on disk: %w", lost, err)
	}
	return nil
}

func wakeUp(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

package spool

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// run writes what has gathered until ctx ends.
func (s *Spool) run(ctx context.Context) {
	defer close(s.done)
	old := time.NewTicker(sweep)
	defer old.Stop()
	wake, pause := s.wake, gather
	for {
		var again <-chan time.Time
		if wake == nil {
			again = time.After(retry)
		}
		select {
		case <-ctx.Done():
			return
		case <-wake:
			select {
			case <-ctx.Done():
				return
			case <-time.After(pause):
			}
		case <-again:
		case <-old.C:
		}
		wake = s.wake
		if s.Sync() != nil {
			wake = nil // a disk that refuses is asked again after a while, not with every event
		}
	}
}

// open opens the file, moving a corrupt one aside. diskMu is held, or run is not yet started.
func (s *Spool) open() error {
	d, damage, err := openDisk(s.path)
	if damage != nil {
		s.Logger.Error("the event spool is damaged and starts empty; events in it are lost", "file", s.path, "error", damage)
	}
	if err != nil {
		return err
	}
	s.disk = d
	if d.lost > 0 {
		s.Logger.Error("events in the spool were corrupt and are lost", "file", s.path, "events", d.lost)
	}
	s.adopt(d)
	return nil
}

// adopt joins the file's entries with those in memory: these come last and are numbered again, since a file that was
// opened late may hold the numbers that they were given. Acknowledgements of the old numbers are void.
func (s *Spool) adopt(d *disk) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onDisk = d.count
	s.dropped += uint64(d.lost)
	s.epoch++
	s.acked = 0
	s.next = max(s.next-uint64(len(s.pending)), d.last+1)
	for i := range s.pending {
		s.pending[i].Seq, s.pending[i].epoch = s.next, s.epoch
		s.next++
	}
}

// commit makes the file hold what it should: pending entries added, acknowledged, old and surplus ones removed.
func (s *Spool) commit() error {
	if s.disk == nil {
		if err := s.open(); err != nil {
			return err
		}
	}
	s.mu.Lock()
	entries, acked := slices.Clone(s.pending), s.acked
	s.mu.Unlock()
	dropped, err := s.disk.write(entries, acked, limits{s.MaxEvents, s.MaxBytes, time.Now().Add(-s.MaxAge)})
	if err != nil {
		return fmt.Errorf("write %s: %w", s.path, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(entries); n > 0 {
		s.pending = slices.DeleteFunc(s.pending, func(e Entry) bool { return e.Seq <= entries[n-1].Seq })
	}
	s.dropped += uint64(dropped)
	s.onDisk = s.disk.count
	return nil
}

// giveUp gives up a file that turned out corrupt while it was in use, and moves it aside; commit makes a new one.
func (s *Spool) giveUp(err error) {
	if s.disk == nil {
		return
	}
	aside, moved := s.disk.abandon(s.path)
	s.Logger.Error("the event spool is damaged and starts empty; events in it are lost",
		"file", s.path, "events", s.disk.count, "kept_as", aside, "error", errors.Join(err, moved))
	s.mu.Lock()
	s.dropped += uint64(s.disk.count)
	s.onDisk = 0
	s.mu.Unlock()
	s.disk = nil
	wakeUp(s.wake)
}

// fail remembers whether the disk refuses, and reports when that changes.
func (s *Spool) fail(err error) {
	s.mu.Lock()
	was := s.err
	s.err = err
	s.mu.Unlock()
	switch {
	case err != nil && (was == nil || was.Error() != err.Error()):
		s.Logger.Error("events are held in memory only", "error", err, "at_most", maxPending)
	case err == nil && was != nil:
		s.Logger.Info("events are written to disk again", "file", s.path)
	default:
		return
	}
	if s.OnChange != nil {
		s.OnChange()
	}
}

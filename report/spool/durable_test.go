package spool

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
	"unsafe"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/sys/unix"
)

// refuse makes a system call of this process fail from now on, as a broken disk does.
func refuse(call uint32) error {
	const number = 0 // where seccomp_data has the number of the call
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: number},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: 1, K: call},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EIO)},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	runtime.LockOSThread() // both calls must be of one thread; the second is for all
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	if _, _, e := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&program))); e != 0 {
		return e
	}
	return nil
}

// unsyncedChild has a disk that takes writes and fails to sync them: an event that might not survive a power cut stays in memory.
func unsyncedChild(dir string) error {
	s := &Spool{Dir: dir}
	if err := s.Initialize(); err != nil {
		return err
	}
	fill(s, 0, 1)
	if err := s.Sync(); err != nil {
		return err
	}
	if err := refuse(unix.SYS_FDATASYNC); err != nil {
		return err
	}
	fill(s, 1, 3)
	err := s.Sync()
	if !errors.Is(err, unix.EIO) {
		return fmt.Errorf("an event counts as written although the disk does not sync: %w", err)
	}
	if got := s.State(); got.Queued != 3 || got.Error != err.Error() {
		return fmt.Errorf("state %+v, want 3 queued and %w", got, err)
	}
	if got := strings.Join(payloads(s.Peek(10)), ", "); got != "event 0, event 1, event 2" {
		return fmt.Errorf("the outbox has %s", got)
	}
	if err := s.Close(); err == nil || !strings.HasPrefix(err.Error(), "spool closed with 2 events not on disk: ") {
		return fmt.Errorf("close: %w", err)
	}
	if got := s.State().Queued; got != 1 {
		return fmt.Errorf("%d events count as safe, want the one on disk", got)
	}
	return nil
}

// unnamedChild has a folder that fails to sync: a new file in it might be gone after a power cut.
func unnamedChild(dir string) error {
	if err := refuse(unix.SYS_FSYNC); err != nil {
		return err
	}
	s := &Spool{Dir: dir}
	if err := s.Initialize(); err != nil {
		return err
	}
	if got, want := s.State().Error, fmt.Sprintf("make %s: sync %s: input/output error", filepath.Join(dir, Name), dir); got != want {
		return fmt.Errorf("a file whose name may be lost gives %q, want %q", got, want)
	}
	return nil
}

func TestDiskThatDoesNotSync(t *testing.T) {
	for _, name := range []string{"unsynced", "unnamed"} {
		if out, err := child(t, name, t.TempDir()).CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", name, err, out)
		}
	}
}

// TestNumbersGoOn shows that no number is given out twice, although everything was delivered before the restart.
func TestNumbersGoOn(t *testing.T) {
	dir := t.TempDir()
	s := &Spool{Dir: dir}
	if err := s.Initialize(); err != nil {
		t.Fatal(err)
	}
	fill(s, 0, 3)
	flush(t, s)
	s.Ack(s.Peek(3)[2])
	flush(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = start(t, &Spool{Dir: dir})
	fill(s, 3, 5)
	if got := s.Peek(2); got[0].Seq != 4 || got[1].Seq != 5 {
		t.Errorf("numbers %d and %d, want 4 and 5", got[0].Seq, got[1].Seq)
	}
}

// TestDefaults holds the limits to what docs/MQTT.md promises.
func TestDefaults(t *testing.T) {
	s := start(t, &Spool{Dir: t.TempDir(), MaxEvents: -1, MaxBytes: -1, MaxAge: -1})
	if s.MaxEvents != 10_000 || s.MaxBytes != 32<<20 || s.MaxAge.Hours() != 7*24 || maxPending != 1024 || s.Logger == nil {
		t.Errorf("got %d events, %d bytes, %v, %d in memory", s.MaxEvents, s.MaxBytes, s.MaxAge, maxPending)
	}
	doc, err := os.ReadFile("../../docs/MQTT.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"32 MiB at most", "the newest 1,024 events wait in memory", "about 50 ms of events"} {
		if !strings.Contains(string(doc), want) {
			t.Errorf("the document does not say %q", want)
		}
	}
}

// TestDamagedEvent flips a bit of one event, before the file is opened and while it is open.
func TestDamagedEvent(t *testing.T) {
	flip := func(dir, event string) {
		t.Helper()
		f, err := os.OpenFile(filepath.Join(dir, Name), os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		data, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		for at, found := 0, 0; ; at += found + 1 { // old pages may hold it, too
			if found = bytes.Index(data[at:], []byte(event)); found < 0 {
				return
			}
			if _, err := f.WriteAt([]byte{event[0] ^ 1}, int64(at+found)); err != nil {
				t.Fatal(err)
			}
		}
	}
	dir := t.TempDir()
	s := &Spool{Dir: dir}
	if err := s.Initialize(); err != nil {
		t.Fatal(err)
	}
	fill(s, 0, 5)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	flip(dir, "event 1")
	var log bytes.Buffer
	s = start(t, &Spool{Dir: dir, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if got, state := strings.Join(payloads(s.Peek(10)), ", "), s.State(); got != "event 0, event 2, event 3, event 4" || state.Queued != 4 || state.Dropped != 1 {
		t.Errorf("got %s, %+v", got, state)
	}
	if !strings.Contains(log.String(), "events in the spool were corrupt and are lost") || !strings.Contains(log.String(), "events=1") {
		t.Errorf("log %q", log.String())
	}
	flip(dir, "event 2")
	if got := payloads(s.Peek(10)); len(got) > 1 {
		t.Errorf("got %q from a damaged file", got)
	}
	if state := s.State(); state.Queued != 0 || state.Dropped != 5 {
		t.Errorf("got %+v, want all five dropped", state)
	}
	aside, _ := filepath.Glob(filepath.Join(dir, Name+".corrupt-*"))
	if len(aside) != 1 || !strings.Contains(log.String(), "kept_as="+aside[0]) || !strings.Contains(log.String(), "events=4") {
		t.Errorf("kept %v, log %q", aside, log.String())
	}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) { // half of what a sweep takes
		if _, err := os.Stat(filepath.Join(dir, Name)); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("no new file is made")
		}
	}
	fill(s, 5, 6)
	flush(t, s)
	if got := payloads(s.Peek(10)); len(got) != 1 || got[0] != "event 5" {
		t.Errorf("got %q from the new file", got)
	}
}

// TestOddNumbers has files whose numbers are nearly used up, which no spool gets to, or lower than an event's.
func TestOddNumbers(t *testing.T) {
	for _, c := range []struct {
		sequence uint64
		event    uint64 // 0: none
		next     uint64
		log      string
	}{
		{1 << 62, 0, 1<<62 + 1, ""},
		{1<<62 + 1, 0, 1, "sequence number 4611686018427387905"},
		{3, 5, 6, ""},
		{5, 3, 6, ""},
	} {
		dir := t.TempDir()
		db, err := bolt.Open(filepath.Join(dir, Name), 0o600, nil)
		if err != nil {
			t.Fatal(err)
		}
		err = db.Update(func(tx *bolt.Tx) error {
			b, err := tx.CreateBucket([]byte("events"))
			if err == nil && c.event > 0 {
				err = b.Put(key(c.event), encode(Entry{Seq: c.event, time: time.Now()}))
			}
			return errors.Join(err, b.SetSequence(c.sequence))
		})
		if err := errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		s := start(t, &Spool{Dir: dir, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		fill(s, 0, 1)
		entries := s.Peek(2)
		if got := entries[len(entries)-1].Seq; got != c.next || !strings.Contains(log.String(), c.log) || c.log == "" && log.Len() > 0 {
			t.Errorf("after %d: number %d, want %d; log %q", c.sequence, got, c.next, log.String())
		}
	}
}

// TestStrangeEntries has a bucket with entries that no spool writes: they are lost, the others stay.
func TestStrangeEntries(t *testing.T) {
	dir := t.TempDir()
	db, err := bolt.Open(filepath.Join(dir, Name), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	good := encode(Entry{Seq: 7, Payload: []byte("good"), time: time.Now()})
	err = db.Update(func(tx *bolt.Tx) error {
		b, err := tx.CreateBucket([]byte("events"))
		return errors.Join(err, b.Put(key(7), good), b.Put(key(8), good), b.Put([]byte("short"), good), b.Put(key(9), good[:header-1]), b.Put(key(10), nil))
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	s := start(t, &Spool{Dir: dir})
	if got, state := payloads(s.Peek(10)), s.State(); len(got) != 1 || got[0] != "good" || state.Queued != 1 || state.Dropped != 4 || state.Error != "" {
		t.Errorf("got %q, %+v", got, state)
	}
}

func TestInUse(t *testing.T) {
	dir := t.TempDir()
	if InUse(dir) {
		t.Error("a file that is not there is in use")
	}
	s := &Spool{Dir: dir}
	if err := s.Initialize(); err != nil {
		t.Fatal(err)
	}
	if !InUse(dir) {
		t.Error("an open file is not in use")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if InUse(dir) {
		t.Error("a closed file is in use")
	}
}

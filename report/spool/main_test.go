package spool

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// childVariable makes the test binary run one of children instead of the tests, in a folder.
const childVariable = "MASKWARDEN_SPOOL_CHILD"

func TestMain(m *testing.M) {
	if name := os.Getenv(childVariable); name != "" {
		if err := children()[name](os.Args[1]); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

func children() map[string]func(dir string) error {
	return map[string]func(string) error{"killed": killedChild, "full": fullChild, "new": newChild, "unsynced": unsyncedChild, "unnamed": unnamedChild}
}

func child(t *testing.T, name, dir string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], dir)
	cmd.Env = append(os.Environ(), childVariable+"="+name)
	return cmd
}

// killedChild writes events, with one acknowledged, and dies without closing anything.
func killedChild(dir string) error {
	s := &Spool{Dir: dir}
	if err := s.Initialize(); err != nil {
		return err
	}
	for i := range 100 {
		s.Append(fmt.Appendf(nil, "event %d", i))
	}
	s.Ack(s.Peek(1)[0])
	if err := s.Sync(); err != nil {
		return err
	}
	return syscall.Kill(os.Getpid(), syscall.SIGKILL)
}

func TestEventsSurviveKill(t *testing.T) {
	dir := t.TempDir()
	if out, err := child(t, "killed", dir).CombinedOutput(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("%v: %s", err, out)
	}
	s := start(t, &Spool{Dir: dir})
	got := payloads(s.Peek(200))
	if len(got) != 99 || got[0] != "event 1" || got[98] != "event 99" {
		t.Errorf("got %d events, %q to %q", len(got), got[0], got[len(got)-1])
	}
}

// fullChild fills a disk that takes 256 KiB a file, then makes room, and expects every event that memory could hold.
func fullChild(dir string) error {
	signal.Ignore(syscall.SIGXFSZ)
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		return err
	}
	s := &Spool{Dir: dir}
	if err := s.Initialize(); err != nil {
		return err
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 256 << 10, Max: was.Max}); err != nil {
		return err
	}
	var want []string
	add := func() {
		want = append(want, fmt.Sprintf("%d %s", len(want), strings.Repeat("x", 1000)))
		s.Append([]byte(want[len(want)-1]))
	}
	var err error
	for range 1000 {
		add()
		if err = s.Sync(); err != nil {
			break
		}
	}
	if !errors.Is(err, syscall.EFBIG) && !strings.Contains(fmt.Sprint(err), "file too large") {
		return fmt.Errorf("no refusal after %d events: %w", len(want), err)
	}
	add() // while the disk refuses
	if state := s.State(); state.Queued != len(want) || state.Dropped != 0 || state.Error != err.Error() {
		return fmt.Errorf("state of a full disk: %+v, want %d queued and %w", state, len(want), err)
	}
	if got := payloads(s.Peek(2000)); !slices.Equal(got, want) {
		return fmt.Errorf("a full disk gives %d events, want %d in order", len(got), len(want))
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		return err
	}
	for deadline := time.Now().Add(time.Minute); s.State().Error != ""; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			return fmt.Errorf("the disk has room again, but %+v", s.State())
		}
	}
	if err := s.Close(); err != nil {
		return err
	}
	again := &Spool{Dir: dir}
	if err := again.Initialize(); err != nil {
		return err
	}
	if got := payloads(again.Peek(2000)); !slices.Equal(got, want) {
		return fmt.Errorf("the file holds %d events, want %d in order", len(got), len(want))
	}
	return again.Close()
}

func TestFullDisk(t *testing.T) {
	if out, err := child(t, "full", t.TempDir()).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// newChild starts where not even an empty database fits, as a new camera on a full card would.
func newChild(dir string) error {
	signal.Ignore(syscall.SIGXFSZ)
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		return err
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 6000, Max: was.Max}); err != nil {
		return err
	}
	s := &Spool{Dir: dir}
	if err := s.Initialize(); err != nil {
		return err
	}
	fill(s, 0, 5)
	if state := s.State(); state.Queued != 5 || !strings.Contains(state.Error, "file too large") {
		return fmt.Errorf("a disk without room gives %+v", state)
	}
	s.Ack(s.Peek(2)[1])
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		return err
	}
	if err := s.Sync(); err != nil {
		return err
	}
	if state := s.State(); state.Queued != 3 || state.Error != "" {
		return fmt.Errorf("a disk with room again gives %+v", state)
	}
	return s.Close()
}

func TestNoRoomForTheFile(t *testing.T) {
	if out, err := child(t, "new", t.TempDir()).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

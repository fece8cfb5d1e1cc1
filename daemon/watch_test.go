package daemon

import (
	"bytes"
	"log/slog"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/maskwarden/maskwarden/capture"
	"github.com/maskwarden/maskwarden/report"
)

// TestWatchSleeps holds when the watcher looks at the state: on news, when a condition begins or ceases to count, and once a minute.
func TestWatchSleeps(t *testing.T) {
	const hold = 30 * time.Second
	d := parked(t)
	now := time.Now()
	d.health.Now, d.health.Hold = func() time.Time { return now }, hold
	d.health.Pass(nil)
	for _, p := range d.board.cameras {
		p.beat = now.Add(time.Hour) // their loops move
	}
	w := newWatcher(d, nil)
	step := func(forward time.Duration, publishes bool, next time.Duration, state string) {
		t.Helper()
		now = now.Add(forward)
		got := w.step(now).Sub(now)
		if published := w.published.Equal(now); published != publishes || got != next || w.last.Health.State != state {
			t.Errorf("published %t, next step in %v, %s; want %t, %v, %s", published, got, w.last.Health.State, publishes, next, state)
		}
	}
	step(0, true, heartbeat, "operational")
	step(10*time.Second, false, heartbeat-10*time.Second, "operational")
	step(50*time.Second, true, heartbeat, "operational")
	d.board.turn("door", report.Lost, "gone")
	step(20*time.Second, true, hold, "operational")
	if s := w.last; s.Status != report.Degraded || !slices.Equal(s.Reasons, []string{"camera door: gone"}) || s.Health.Reasons != nil {
		t.Errorf("at once: %+v", s)
	}
	step(hold-1, false, 1, "operational")
	step(1, true, heartbeat, "degraded")
	if s := w.last; !slices.Equal(s.Reasons, []string{"camera door: gone"}) || s.Health.Reason != "camera door: gone" || !s.Health.Reasons[0].Since.Equal(now.Add(-hold)) {
		t.Errorf("after the hold: %+v", s)
	}
	d.board.turn("door", report.OK, "")
	step(time.Second, true, hold, "degraded")
	if s := w.last; s.Status != report.Degraded || s.Health.Reason != "camera door: gone" {
		t.Errorf("the camera is back, which does not count yet: %+v", s)
	}
	step(hold, true, heartbeat, "operational")
}

// TestWatchIsReadyOnce also holds that a status is logged once, with its reasons as values.
func TestWatchIsReadyOnce(t *testing.T) {
	d := parked(t)
	var log bytes.Buffer
	d.Logger = slog.New(slog.NewJSONHandler(&log, nil))
	d.health.Pass(nil)
	readied := 0
	w := newWatcher(d, func() { readied++ })
	w.step(time.Now())
	if readied != 0 {
		t.Error("ready before the first frame")
	}
	d.board.turn("hall", report.Lost, "gone")
	d.board.see(view(t, "door", 1), capture.Stats{})
	w.step(time.Now())
	w.step(time.Now())
	if readied != 1 {
		t.Errorf("ready %d times, want once", readied)
	}
	const want = `"status":"degraded","problems":[{"subject":"camera hall","finding":"gone",`
	if n := strings.Count(log.String(), want); n != 1 {
		t.Errorf("%s stands %d times in the log:\n%s", want, n, log.String())
	}
}

// TestWatchRuns lets an hour pass without news: the state is published once a minute.
func TestWatchRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := parked(t)
		w := newWatcher(d, nil)
		go w.run(t.Context())
		published := func() time.Time {
			synctest.Wait()
			defer d.board.processed() // its lock orders this before the watcher's next step
			return w.published
		}
		began := published()
		for minute := range 60 {
			time.Sleep(heartbeat)
			if got := published().Sub(began); got != time.Duration(minute+1)*heartbeat {
				t.Fatalf("published %v after the start, want every minute", got)
			}
		}
		time.Sleep(time.Second)
		d.board.turn("door", report.OK, "")
		synctest.Wait()
		if w.last.Cameras[0].Status != report.OK {
			t.Error("a camera's status was not published at once")
		}
	})
}

// TestWatchdog feeds systemd's watchdog while the cameras' loops move.
func TestWatchdog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notify")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	t.Setenv("NOTIFY_SOCKET", path)
	fed := func() bool {
		_ = socket.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		buffer := make([]byte, 64)
		n, err := socket.Read(buffer)
		return err == nil && string(buffer[:n]) == "WATCHDOG=1"
	}
	now := time.Now()
	s := serviceManager{logger: slog.New(slog.DiscardHandler), watchdog: 8 * time.Second}
	moved := now
	alive := func(since time.Time) bool { return !moved.Before(since) }
	for _, c := range []struct {
		forward, next time.Duration
		fed           bool
	}{
		{0, 4 * time.Second, true},
		{3 * time.Second, time.Second, false},
		{time.Second, 4 * time.Second, true},
		{4 * time.Second, 4 * time.Second, true}, // the loops moved 8 s ago
		{4 * time.Second, time.Second, false},    // 12 s ago: systemd is to restart the daemon
		{time.Second, time.Second, false},
	} {
		now = now.Add(c.forward)
		if next := s.feed(now, alive).Sub(now); next != c.next || fed() != c.fed {
			t.Errorf("after %v: next in %v, want %v and fed %t", now.Sub(moved), next, c.next, c.fed)
		}
	}
	if next := (&serviceManager{}).feed(now, alive); !next.IsZero() {
		t.Errorf("without a watchdog: next at %v", next)
	}
}

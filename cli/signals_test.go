package cli

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// TestStraySignalsDoNotEndTheDaemon sends this process each of them, twice: one that is not caught ends the test.
func TestStraySignalsDoNotEndTheDaemon(t *testing.T) {
	var out lockedBuffer
	stop := ignoreStrays(slog.New(slog.NewTextHandler(&out, nil)))
	defer stop()
	for range 2 {
		for _, s := range strays() {
			if err := syscall.Kill(os.Getpid(), s.(syscall.Signal)); err != nil {
				t.Fatal(s, err)
			}
			time.Sleep(time.Millisecond) // the kernel merges equal signals that wait
		}
	}
	for _, want := range []string{"signal=hangup", "signal=quit", `signal="user defined signal 1"`, `signal="broken pipe"`, `signal="signal 64"`} {
		for end := time.Now().Add(10 * time.Second); strings.Count(out.String(), want) != 1; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("want %s once in:\n%s", want, out.String())
			}
		}
	}
}

type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func TestEndWithin(t *testing.T) {
	for _, c := range []struct {
		name  string
		takes time.Duration
		cut   bool
	}{{"in time", endLimit - time.Second, false}, {"hangs", endLimit + time.Second, true}} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				cut := false
				done := endWithin(ctx, endLimit, func() { cut = true })
				time.Sleep(time.Hour) // a daemon that nobody stops runs on
				cancel()
				time.Sleep(c.takes)
				done()
				synctest.Wait()
				if cut != c.cut {
					t.Errorf("cut short: %t, want %t", cut, c.cut)
				}
			})
		})
	}
}

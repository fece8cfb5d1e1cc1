package cli

import (
	"bytes"
	"log/slog"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
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

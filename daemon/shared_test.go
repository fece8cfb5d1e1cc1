package daemon

import (
	"syscall"
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/selftest"
)

// TestFrameWaitsForOneFaceOnly runs the known answers beside a camera that wants the classifier every 5 ms, and takes the
// camera's waits: each must be as short as a check's own face, not as its 28.
func TestFrameWaitsForOneFaceOnly(t *testing.T) {
	c := config.Default()
	c.AssetsDir = "../share/maskwarden"
	e := &Engine{Config: c}
	if err := e.Initialize(); err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	d := &Daemon{Config: c, engine: e}
	checks := append(e.Checks(), selftest.Certified{Defense: d.defense(1)}, selftest.Squeezing{Defense: d.defense(1)}, selftest.PatchDetected{Defense: d.defense(1)})
	stop := make(chan struct{})
	var longest time.Duration
	turns := 0
	camera := make(chan struct{})
	go func() {
		defer close(camera)
		for {
			select {
			case <-stop:
				return
			case <-time.After(5 * time.Millisecond):
			}
			from := time.Now()
			e.mu.Lock()
			longest = max(longest, time.Since(from))
			turns++
			e.mu.Unlock()
		}
	}()
	const rounds = 5
	var before, after syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &before); err != nil {
		t.Fatal(err)
	}
	var took time.Duration
	for range rounds {
		for _, r := range selftest.Run(t.Context(), checks) {
			if r.Result != selftest.Pass {
				t.Errorf("got %+v", r)
			}
			if r.Name == "model_answers" {
				took += time.Duration(r.Seconds * float64(time.Second))
			}
		}
	}
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &after); err != nil {
		t.Fatal(err)
	}
	close(stop)
	<-camera
	goldens := len(e.Pack.Manifest.Golden)
	face := took / time.Duration(rounds*goldens)
	used := time.Duration(after.Utime.Nano() + after.Stime.Nano() - before.Utime.Nano() - before.Stime.Nano())
	t.Logf("%d known answers: %v a check, %v a face, of which %v on a core; the camera got %d turns in between and waited %v at most; a frame time at 15 fps is %v",
		goldens, took/rounds, face, used/time.Duration(rounds*goldens), turns, longest, time.Second/15)
	if longest > took/rounds && turns < rounds*goldens/4 {
		t.Errorf("a frame waited %v, as long as a whole check", longest)
	}
}

func TestSharedRefuses(t *testing.T) {
	s := &shared{}
	if err := s.Run(1); err == nil || err.Error() != "1 faces to classify, but 0 were set: set them with Fill" {
		t.Errorf("got %v", err)
	}
}

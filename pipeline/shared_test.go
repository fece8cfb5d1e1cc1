package pipeline

import (
	"testing"
	"time"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/config"
)

// newEngine opens the shipped pack.
func newEngine(t *testing.T, c *config.Config) *Engine {
	t.Helper()
	c.AssetsDir = "../share/maskwarden"
	e := &Engine{Config: c}
	if err := e.Initialize(); err != nil {
		t.Fatalf("%v (run `make setup`)", err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

// TestFrameWaitsForOneFaceOnly classifies and certifies the golden faces, as checks do, next to a camera that wants the classifier every
// 5 ms. The camera must get its turn between a check's faces, not only after the last.
func TestFrameWaitsForOneFaceOnly(t *testing.T) {
	e := newEngine(t, config.Default())
	stop, done := make(chan struct{}), make(chan struct{})
	var longest time.Duration
	turns := 0
	go func() {
		defer close(done)
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
	from := time.Now()
	for range rounds {
		testGoldenFaces(t, e)
	}
	took := time.Since(from) / rounds
	close(stop)
	<-done
	faces := len(e.Pack.Manifest.Golden)
	t.Logf("%d golden faces in %v; the camera got %d turns and waited %v at most; a frame time at 15 fps is %v", faces, took, turns, longest, time.Second/15)
	if longest > took && turns < rounds*faces/4 {
		t.Errorf("a frame waited %v, as long as a whole check", longest)
	}
}

// testGoldenFaces smooths, classifies and certifies each golden face through what checks share.
func testGoldenFaces(t *testing.T, e *Engine) {
	t.Helper()
	m := &e.Pack.Manifest
	shared, smoother := e.SharedClassifier(), e.SharedSmoother()
	checker, err := e.Checker.WithClassifier(shared)
	if err != nil {
		t.Fatal(err)
	}
	defer checker.Close()
	smooth := gocv.NewMat()
	defer smooth.Close()
	pixels := make([]byte, m.Input.Size())
	for k := range m.Golden {
		e.Pack.GoldenInput(k, pixels)
		crop, err := gocv.NewMatFromBytes(m.Input.Height, m.Input.Width, gocv.MatTypeCV8UC3, pixels)
		if err != nil {
			t.Fatal(err)
		}
		if err := smoother.Apply(crop, &smooth); err != nil {
			t.Fatal(err)
		}
		smoothed, err := smooth.DataPtrUint8()
		if err != nil {
			t.Fatal(err)
		}
		if err := shared.Fill(k, smoothed); err != nil {
			t.Fatal(err)
		}
		known := shared.Probabilities(k)
		proof, err := checker.Check(crop, &known)
		_ = crop.Close()
		if err != nil || !proof.Checked {
			t.Errorf("golden face %d: %+v, %v", k, proof, err)
		}
	}
	if err := shared.Run(len(m.Golden)); err != nil {
		t.Error(err)
	}
}

// TestSharedClassifierAgrees holds what a check gets equal to what the classifier gives a face alone.
func TestSharedClassifierAgrees(t *testing.T) {
	e := newEngine(t, config.Default())
	shared := e.SharedClassifier()
	pixels := make([]byte, e.Pack.Manifest.Input.Size())
	for k := range 3 {
		e.Pack.GoldenInput(k, pixels)
		if err := shared.Fill(k, pixels); err != nil {
			t.Fatal(err)
		}
		if err := e.Classifier.Fill(0, pixels); err != nil {
			t.Fatal(err)
		}
		if err := e.Classifier.Run(1); err != nil {
			t.Fatal(err)
		}
		got, want := shared.Logits(k), e.Classifier.Logits(0)
		for i := range got {
			if d := got[i] - want[i]; d > 1e-3 || d < -1e-3 {
				t.Errorf("face %d: logits %v, want %v", k, got, want)
			}
		}
	}
}

func TestSharedClassifierRefuses(t *testing.T) {
	s := new(SharedClassifier)
	if err := s.Run(1); err == nil || err.Error() != "1 faces to classify, but 0 were set: set them with Fill" {
		t.Errorf("got %v", err)
	}
}

package pipeline

import (
	"context"
	"testing"
	"time"

	"gocv.io/x/gocv"
)

func TestFaceSamples(t *testing.T) {
	var s FaceSamples
	add := func(value float64) {
		t.Helper()
		crop := gocv.NewMatWithSizeFromScalar(gocv.NewScalar(value, value, value, 0), 2, 2, gocv.MatTypeCV8UC3)
		defer crop.Close()
		if err := s.add(crop); err != nil {
			t.Fatal(err)
		}
	}
	add(1) // nobody asks
	if got := s.Take(); len(got) != 0 {
		t.Errorf("%d faces were kept that nobody asked for", len(got))
	}
	full := s.Ask()
	for i := range maxSamples + 2 {
		add(float64(10 + i))
	}
	select {
	case <-full:
	default:
		t.Error("not full")
	}
	got := s.Take()
	if len(got) != maxSamples || got[0][0] != 14 || got[1][0] != 15 || got[2][0] != 12 || len(got[0]) != 12 {
		t.Errorf("got %v, want the newest in place of the oldest", got)
	}
	add(1)
	if got := s.Take(); len(got) != 0 {
		t.Errorf("%d faces were kept after they were taken", len(got))
	}
	s.Ask()
	add(3)
	left := s.faces[0]
	s.Forget()
	if left[0] != 0 || s.faces != nil {
		t.Errorf("what nobody took is still there: %v", left)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	from := time.Now()
	if got := s.Collect(gone); got != nil || time.Since(from) > sampleWait/2 {
		t.Errorf("got %v after %v", got, time.Since(from))
	}
}

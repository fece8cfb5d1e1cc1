package daemon

import (
	"context"
	"testing"
	"time"

	"gocv.io/x/gocv"
)

func TestVisitors(t *testing.T) {
	var v visitors
	meet := func(value float64) {
		t.Helper()
		crop := gocv.NewMatWithSizeFromScalar(gocv.NewScalar(value, value, value, 0), 2, 2, gocv.MatTypeCV8UC3)
		defer crop.Close()
		if err := v.meet(crop); err != nil {
			t.Fatal(err)
		}
	}
	meet(1) // nobody asks
	if got := v.take(); len(got) != 0 {
		t.Errorf("%d faces were kept that nobody asked for", len(got))
	}
	full := v.ask()
	for i := range mostVisitors + 2 {
		meet(float64(10 + i))
	}
	select {
	case <-full:
	default:
		t.Error("not full")
	}
	got := v.take()
	if len(got) != mostVisitors || got[0][0] != 14 || got[1][0] != 15 || got[2][0] != 12 || len(got[0]) != 12 {
		t.Errorf("got %v, want the newest in place of the oldest", got)
	}
	meet(1)
	if got := v.take(); len(got) != 0 {
		t.Errorf("%d faces were kept after they were taken", len(got))
	}
	v.ask()
	meet(3)
	left := v.faces[0]
	v.forget()
	if left[0] != 0 || v.faces != nil {
		t.Errorf("what nobody took is still there: %v", left)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	from := time.Now()
	if got := v.visit(gone); got != nil || time.Since(from) > visitWait/2 {
		t.Errorf("got %v after %v", got, time.Since(from))
	}
}

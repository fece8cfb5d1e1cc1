package daemon

import (
	"testing"
	"time"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/frame"
)

// grayFrame is a frame whose pixels are all of one value.
func grayFrame(t *testing.T, value float64) *frame.Frame {
	t.Helper()
	f := &frame.Frame{Camera: "a", Seq: 7, Time: time.Now(), Image: gocv.NewMatWithSizeFromScalar(gocv.NewScalar(value, value, value, 0), 4, 6, gocv.MatTypeCV8UC3)}
	t.Cleanup(func() { _ = f.Image.Close() })
	return f
}

func TestSubscription(t *testing.T) {
	var c subscription
	f := grayFrame(t, 9)
	c.offer(f) // nobody subscribes
	v, err := c.open()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.open(); err == nil || err.Error() != "another check uses this camera" {
		t.Errorf("got %v", err)
	}
	for range maxCopies + 3 { // those without room are left out, and nobody waits
		c.offer(f)
	}
	f.Image.SetTo(gocv.NewScalar(0, 0, 0, 0)) // what was handed out is a copy
	got := <-v.Frames()
	if pixels, _ := got.Image.DataPtrUint8(); got.Seq != 7 || !got.Time.Equal(f.Time) || got.Camera != "a" || len(pixels) != 72 || pixels[71] != 9 {
		t.Errorf("got frame %d of %s with %v", got.Seq, got.Camera, pixels)
	}
	got.Release()
	v.Close()
	if _, more := <-v.Frames(); more {
		t.Error("frames after Close")
	}
	c.offer(f)
	if v, err = c.open(); err != nil {
		t.Fatal(err)
	}
	c.end()
	if _, more := <-v.Frames(); more || v.Err() != nil {
		t.Error("frames after the end")
	}
	v.Close()
	c.offer(f)
	if _, err := c.open(); err == nil || err.Error() != "the source has ended" {
		t.Errorf("got %v", err)
	}
}

// TestSubscriptionNeverWaits has a check that subscribes and takes nothing, while it comes and goes.
func TestSubscriptionNeverWaits(t *testing.T) {
	var c subscription
	f := grayFrame(t, 9)
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
				c.offer(f)
			}
		}
	}()
	for range 200 {
		v, err := c.open()
		if err != nil {
			t.Fatal(err)
		}
		(<-v.Frames()).Release()
		v.Close()
	}
	close(stop)
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("the camera waits for a check")
	}
}

package capture_test

import (
	"errors"
	"io"
	"net/url"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/capture"
	"github.com/maskwarden/maskwarden/frame"
)

func TestOldestDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := started(t, &capture.Camera{URI: "synthetic://x", Synthetic: grays(100), Queue: 3})
		synctest.Wait() // all are read, none was taken
		if diff := cmp.Diff([]int{117, 118, 119}, r.all()); diff != "" {
			t.Error(diff)
		}
		want := capture.Stats{Frames: 100, Dropped: 97, Width: width, Height: height}
		if got := r.Stats(); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
}

func TestLosslessWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := started(t, &capture.Camera{URI: "synthetic://x", Synthetic: grays(100), Lossless: true, StallTimeout: time.Second})
		for i := range 100 {
			time.Sleep(3 * time.Second) // slower than the time-out: the source is not to blame
			f := r.next()
			if gray(f) != 20+i || f.Seq != uint64(i+1) {
				t.Errorf("picture %d: gray %d, sequence %d", i, gray(f), f.Seq)
			}
			f.Release()
		}
		if f := r.next(); f != nil || r.Err() != nil || r.Stats().Dropped != 0 || r.Stats().Reconnects != 0 {
			t.Errorf("at the end: %v, %v, %+v", f, r.Err(), r.Stats())
		}
	})
}

func TestPrivacyZones(t *testing.T) {
	r := started(t, &capture.Camera{
		URI: "synthetic://x", Synthetic: grays(1),
		PrivacyZones: []frame.Box{{X0: 0.25, Y0: 0.5, X1: 0.5, Y1: 1}, {X1: 0.001, Y1: 0.001}},
	})
	f := r.next()
	defer f.Release()
	for y := range height {
		for x := range width {
			want := uint8(20)
			if x >= 16 && x < 32 && y >= 24 || x == 0 && y == 0 {
				want = 0
			}
			for ch := range 3 {
				if got := f.Image.GetUCharAt(y, 3*x+ch); got != want {
					t.Fatalf("x %d, y %d, channel %d: %d, want %d", x, y, ch, got, want)
				}
			}
		}
	}
}

func TestFormats(t *testing.T) {
	for _, c := range []struct {
		kind  gocv.MatType
		value gocv.Scalar
		want  []byte
	}{
		{gocv.MatTypeCV8UC1, gocv.NewScalar(100, 0, 0, 0), []byte{100, 100, 100}},
		{gocv.MatTypeCV8UC3, gocv.NewScalar(10, 20, 30, 0), []byte{10, 20, 30}},
		{gocv.MatTypeCV8UC4, gocv.NewScalar(10, 20, 30, 40), []byte{10, 20, 30}},
		{gocv.MatTypeCV16UC1, gocv.NewScalar(100*257, 0, 0, 0), []byte{100, 100, 100}},
		{gocv.MatTypeCV16UC3, gocv.NewScalar(10*257, 20*257, 65535, 0), []byte{10, 20, 255}},
		{gocv.MatTypeCV16UC4, gocv.NewScalar(10*257, 20*257, 0, 40*257), []byte{10, 20, 0}},
	} {
		n := 0
		r := started(t, &capture.Camera{URI: "synthetic://x", Synthetic: func(*url.URL) (capture.Source, error) {
			return &fake{read: func(f *frame.Frame) error {
				if n++; n > 3 {
					return io.EOF
				}
				m := gocv.NewMatWithSizeFromScalar(c.value, height, width, c.kind)
				defer m.Close()
				m.CopyTo(&f.Image)
				return nil
			}}, nil
		}, Lossless: true})
		for range 3 {
			f := r.next()
			got, err := f.Image.DataPtrUint8()
			if err != nil || f.Image.Type() != gocv.MatTypeCV8UC3 || !slices.Equal(got[:3], c.want) {
				t.Errorf("%v: got %v of type %v, want %v, %v", c.kind, got[:3], f.Image.Type(), c.want, err)
			}
			f.Release()
		}
	}
}

func TestPicturesNobodyCanRead(t *testing.T) {
	for _, c := range []struct {
		kind gocv.MatType
		want string
	}{
		{gocv.MatTypeCV8UC2, "synthetic://x: pictures of 2 channels: want 1, 3 or 4"},
		{gocv.MatTypeCV32F, "synthetic://x: pictures of type 5: want 8 or 16 bits without sign a channel"},
		{-1, "synthetic://x: empty picture"},
	} {
		r := started(t, &capture.Camera{URI: "synthetic://x", Synthetic: func(*url.URL) (capture.Source, error) {
			return &fake{read: func(f *frame.Frame) error {
				if c.kind < 0 {
					return nil
				}
				m := gocv.NewMatWithSize(height, width, c.kind)
				defer m.Close()
				m.CopyTo(&f.Image)
				return nil
			}}, nil
		}})
		r.await(capture.Lost, c.want)
	}
}

// TestUnplugged follows a camera that cannot be opened for long, works, goes away and comes back.
func TestUnplugged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var attempts []time.Time
		r := started(t, &capture.Camera{URI: "synthetic://x", Synthetic: func(*url.URL) (capture.Source, error) {
			attempts = append(attempts, time.Now())
			if n := len(attempts); n <= 12 {
				return nil, errors.New("no such device")
			}
			i := 0
			return &fake{read: func(f *frame.Frame) error {
				if i == 60*25 {
					return errors.New("the cable came off")
				}
				i++
				time.Sleep(40 * time.Millisecond)
				fill(f, 20+i%200)
				return nil
			}}, nil
		}})
		if got := <-r.statuses; got != (change{capture.Starting, ""}) {
			t.Error(got)
		}
		if got := <-r.statuses; got != (change{capture.Lost, "synthetic://x: no such device"}) {
			t.Error(got)
		}
		r.await(capture.OK, "")
		step := 500 * time.Millisecond
		for i := 1; i < 13; i++ {
			if gap := attempts[i].Sub(attempts[i-1]); gap < step/2 || gap > step {
				t.Errorf("wait %d was %v, want %v to %v", i, gap, step/2, step)
			}
			step = min(2*step, 30*time.Second)
		}
		r.await(capture.Lost, "synthetic://x: the cable came off")
		lost := time.Now()
		r.await(capture.OK, "")
		if gap := attempts[13].Sub(lost); gap > 500*time.Millisecond {
			t.Errorf("came back after %v: the waits did not start again from the shortest", gap)
		}
		if got := r.Stats().Reconnects; got != 13 {
			t.Errorf("%d reconnects", got)
		}
	})
}

func TestFrozenAndBlack(t *testing.T) {
	for _, c := range []struct {
		name  string
		value func(i int) int
		want  string
	}{
		{"frozen", func(int) int { return 100 }, "synthetic://x: frozen: the same picture for 5s"},
		{"black", func(i int) int { return i % 3 }, "synthetic://x: black for 5s: is the lens covered, or the sensor's cable loose?"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				opens := 0
				r := started(t, &capture.Camera{URI: "synthetic://x", StallTimeout: 5 * time.Second, Synthetic: func(*url.URL) (capture.Source, error) {
					opens++
					second, i := opens == 2, 0
					return &fake{read: func(f *frame.Frame) error {
						i++
						time.Sleep(40 * time.Millisecond)
						switch {
						case second, i < 25:
							fill(f, 50+i%100)
						default:
							fill(f, c.value(i))
						}
						return nil
					}}, nil
				}})
				start := time.Now()
				r.await(capture.Lost, c.want)
				if took := time.Since(start); took < 5*time.Second || took > 7*time.Second {
					t.Errorf("noticed after %v", took)
				}
				r.await(capture.OK, "")
			})
		})
	}
}

// TestStuckReader hangs the source for good, as a driver may, and lets go of it at the end.
func TestStuckReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var opened, closed atomic.Int32
		release := make(chan struct{})
		r := started(t, &capture.Camera{URI: "synthetic://x", StallTimeout: 2 * time.Second, Synthetic: func(*url.URL) (capture.Source, error) {
			opened.Add(1)
			first := true
			return &fake{
				read: func(f *frame.Frame) error {
					if !first {
						<-release
					}
					first = false
					fill(f, 100)
					return nil
				},
				closed: func() { closed.Add(1) },
			}, nil
		}})
		start := time.Now()
		r.await(capture.Lost, "synthetic://x: no picture for 2s")
		if took := time.Since(start); took != 2*time.Second {
			t.Errorf("noticed after %v", took)
		}
		time.Sleep(time.Hour)
		if opened.Load() != 3 || closed.Load() != 0 {
			t.Errorf("%d opened, %d closed: want 3 stuck and no more", opened.Load(), closed.Load())
		}
		start = time.Now()
		r.Close()
		if took := time.Since(start); took != 3*time.Second {
			t.Errorf("Close took %v", took)
		}
		close(release)
		synctest.Wait()
		if closed.Load() != opened.Load() {
			t.Errorf("%d opened, %d closed", opened.Load(), closed.Load())
		}
	})
}

// TestSlowOpening is a camera that takes longer to open than it may be silent: said, but not given up.
func TestSlowOpening(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opened := 0
		r := started(t, &capture.Camera{URI: "synthetic://x", StallTimeout: 2 * time.Second, Synthetic: func(u *url.URL) (capture.Source, error) {
			opened++
			time.Sleep(8 * time.Second)
			return grays(50)(u)
		}})
		r.await(capture.Lost, "synthetic://x: no picture for 2s: still opening")
		r.await(capture.OK, "")
		if opened != 1 {
			t.Errorf("opened %d times", opened)
		}
	})
}

func TestCloseAnyTime(t *testing.T) {
	var c capture.Camera
	c.Close() // never initialized
	for n := range 5 {
		r := started(t, &capture.Camera{URI: "synthetic://x", Synthetic: grays(1000), Lossless: n%2 == 0})
		for range n {
			r.next().Release()
		}
		r.Close()
		r.Close()
		if f := r.next(); f != nil || r.Err() != nil {
			t.Errorf("after Close: %v, %v", f, r.Err())
		}
	}
}

func TestMissingDevices(t *testing.T) {
	for _, c := range []struct{ uri, want string }{
		{"v4l2:///dev/video99", "v4l2:///dev/video99: no such device: is the camera plugged in? `ls /dev/v4l/by-id` lists those that are"},
		{"v4l2:///dev/null", "v4l2:///dev/null: OpenCV could not open it and does not say why: is it a camera, and does no other program hold it?"},
		{"csi://0", "csi://0: GStreamer has no element nvarguscamerasrc: it comes with NVIDIA's JetPack"},
	} {
		r := started(t, &capture.Camera{URI: c.uri, Width: 640, Height: 480, FPS: 30})
		if got := r.await(capture.Lost, ""); got.reason != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.uri, got.reason, c.want)
		}
		for r.Stats().Reconnects == 0 { // it goes on trying; the test's own time-out ends this loop
			time.Sleep(10 * time.Millisecond)
		}
	}
}

package camera

import (
	"fmt"
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/face"
	"github.com/maskwarden/maskwarden/selftest"
)

// seen is a camera that was watched, with this view.
func seen(c Camera, v view) *Camera {
	c.Name, c.Live, c.Memory = "door", true, "/nowhere/view.png"
	v.camera, v.watched = &c, true
	c.view, c.usedBy = &v, map[string]bool{}
	return &c
}

// gray is a view of pictures with one measure.
func gray(s sample) view { return view{frames: 1, samples: []sample{s, s, s}} }

// TestLimits goes over each limit of each check, in both directions.
func TestLimits(t *testing.T) {
	rate := func(asked float64, frames int, span time.Duration) *Camera {
		return seen(Camera{FPS: asked}, view{frames: frames, span: span})
	}
	const dark = face.DefaultMinBrightness
	changing := func(frames, changes int) *Camera { return seen(Camera{}, view{frames: frames, changes: changes}) }
	for _, c := range []struct {
		check   selftest.Check
		result  string
		finding string
	}{
		{Opens(seen(Camera{Patience: 2 * time.Second}, view{opened: 2 * time.Second, frames: 9})), selftest.Pass, "9 pictures seen"},
		{Opens(seen(Camera{Patience: 2 * time.Second}, view{opened: 2100 * time.Millisecond})), selftest.Fail, "first picture 2.1, limit at most 2 s"},
		{Opens(seen(Camera{}, view{opened: 10 * time.Second})), selftest.Pass, "0 pictures seen"},
		{Opens(seen(Camera{}, view{opened: 11 * time.Second})), selftest.Fail, "first picture 11, limit at most 10 s"},

		{Dark(seen(Camera{}, gray(sample{brightness: dusk * dark}))), selftest.Pass, fmt.Sprintf("brightness %d, limit at least %d of 255", dusk*dark, dark)},
		{Dark(seen(Camera{}, gray(sample{brightness: dusk*dark - 0.1}))), selftest.Warn, fmt.Sprintf("brightness %g, limit at least %d of 255", dusk*dark-0.1, dusk*dark)},
		{Dark(seen(Camera{}, gray(sample{brightness: dark}))), selftest.Warn, fmt.Sprintf("brightness %d, limit at least %d of 255", dark, dusk*dark)},
		{Dark(seen(Camera{}, gray(sample{brightness: dark - 0.1}))), selftest.Fail, fmt.Sprintf("brightness %g, limit at least %d of 255", dark-0.1, dark)},
		{Dark(seen(Camera{}, gray(sample{}))), selftest.Fail, fmt.Sprintf("brightness 0, limit at least %d of 255", dark)},
		{Dark(seen(Camera{MinBrightness: 20}, gray(sample{brightness: 19}))), selftest.Fail, "brightness 19, limit at least 20 of 255"},
		{Dark(seen(Camera{MinBrightness: 20}, gray(sample{brightness: 59}))), selftest.Warn, "brightness 59, limit at least 60 of 255"},

		{Blurred(seen(Camera{}, gray(sample{sharpness: 0.012}))), selftest.Pass, "sharpness 0.012, limit at least 0.005"},
		{Blurred(seen(Camera{}, gray(sample{sharpness: 0.0119}))), selftest.Warn, "sharpness 0.0119, limit at least 0.012"},
		{Blurred(seen(Camera{}, gray(sample{sharpness: 0.005}))), selftest.Warn, "sharpness 0.005, limit at least 0.012"},
		{Blurred(seen(Camera{}, gray(sample{sharpness: 0.0049}))), selftest.Fail, "sharpness 0.0049, limit at least 0.005"},

		{Blocked(seen(Camera{}, gray(sample{flat: 0.5}))), selftest.Pass, "empty part 0.5, limit at most 0.9 share"},
		{Blocked(seen(Camera{}, gray(sample{flat: 0.52}))), selftest.Warn, "empty part 0.52, limit at most 0.5 share"},
		{Blocked(seen(Camera{}, gray(sample{flat: 0.9}))), selftest.Warn, "empty part 0.9, limit at most 0.5 share"},
		{Blocked(seen(Camera{}, gray(sample{flat: 0.91}))), selftest.Fail, "empty part 0.91, limit at most 0.9 share"},

		{FPS(rate(10, 11, 2*time.Second)), selftest.Pass, "11 pictures in 2.0 s"},
		{FPS(rate(10, 10, 2*time.Second)), selftest.Warn, "rate 4.5, limit at least 5 pictures/s"},
		{FPS(rate(0, 3, 2*time.Second)), selftest.Pass, "3 pictures in 2.0 s"},
		{FPS(rate(0, 2, 2*time.Second)), selftest.Fail, "rate 0.5, limit at least 1 pictures/s"},
		{FPS(rate(0, 1, 0)), selftest.Fail, "rate 0, limit at least 1 pictures/s"},

		{Frozen(changing(11, 1)), selftest.Pass, "1 of 10 pictures are new"},
		{Frozen(changing(12, 1)), selftest.Fail, "new pictures 0.0909, limit at least 0.1 share"},
		{Frozen(changing(3, 0)), selftest.Fail, "new pictures 0, limit at least 0.1 share"},
		{Frozen(changing(2, 1)), selftest.Warn, "2 pictures are too few to compare"},
	} {
		r := selftest.Run(t.Context(), 1, []selftest.Check{c.check})[0]
		if r.Result != c.result || r.Finding() != c.finding || (c.result == selftest.Pass) != (r.Hint == "") {
			t.Errorf("%s: got %s, %q (%s), want %s, %q", c.check.Name, r.Result, r.Finding(), r.Hint, c.result, c.finding)
		}
	}
}

// TestMovedLimit compares views whose correlation lies around the limit.
func TestMovedLimit(t *testing.T) {
	path := t.TempDir() + "/view.png"
	a, b := textured(1), textured(2)
	if err := a.write(path); err != nil {
		t.Fatal(err)
	}
	mixed := func(share float64) (m thumb) { // of a
		for i := range m {
			m[i] = byte(share*float64(a[i]) + (1-share)*float64(b[i]))
		}
		return m
	}
	seenBoth := map[string]bool{}
	for share := 0.1; share < 1; share += 0.05 {
		c := seen(Camera{}, view{frames: 3, thumb: mixed(share)})
		c.Memory = path
		r := selftest.Run(t.Context(), 1, []selftest.Check{Moved(c)})[0]
		want := selftest.Pass
		if r.Value < 0.5 {
			want = selftest.Fail
		}
		if r.Result != want || r.Bound != selftest.AtLeast || r.Limit != 0.5 {
			t.Errorf("%.2f of the remembered view: got %+v, want %s", share, r, want)
		}
		seenBoth[want] = true
	}
	if len(seenBoth) != 2 {
		t.Errorf("got only %v, want both sides of the limit", seenBoth)
	}
}

package camera_test

import (
	"context"
	"image"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/capture"
	"github.com/maskwarden/maskwarden/demo/scene"
	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/selftest"
	"github.com/maskwarden/maskwarden/selftest/camera"
)

const portrait = "../../share/maskwarden/astronaut.png"

// opened opens a real capture.
func opened(uri string) func() (camera.Viewer, error) {
	return func() (camera.Viewer, error) {
		c := &capture.Camera{Name: "door", URI: uri, Pool: &frame.Pool{}, Synthetic: func(u *url.URL) (capture.Source, error) {
			s, err := scene.FromURL(u, portrait)
			if err != nil {
				return nil, err
			}
			return s, s.Initialize()
		}}
		return c, c.Initialize()
	}
}

// checks are all checks of a camera.
func checks(c *camera.Camera) []selftest.Check {
	return []selftest.Check{
		camera.Opens(c), camera.FPS(c), camera.Frozen(c), camera.Dark(c), camera.Blurred(c), camera.Blocked(c), camera.Moved(c), camera.Upright(c),
	}
}

// results runs all checks of a camera and returns the results by name.
func results(t *testing.T, c *camera.Camera) map[string]selftest.Result {
	t.Helper()
	c.Name = "door"
	found := map[string]selftest.Result{}
	for _, r := range selftest.Run(t.Context(), 1, checks(c)) {
		name, ok := strings.CutSuffix(r.Name, ":door")
		if !ok {
			t.Errorf("%s does not name its camera", r.Name)
		}
		if (r.Result == selftest.Fail || r.Result == selftest.Warn) && r.Hint == "" {
			t.Errorf("%s has no hint", r.Name)
		}
		found[name] = r
	}
	return found
}

// outcomes writes results in the order of the checks.
func outcomes(found map[string]selftest.Result) string {
	names := make([]string, 0, len(found))
	for _, name := range []string{"opens", "fps", "frozen", "dark", "blurred", "blocked", "moved"} {
		names = append(names, found["camera_"+name].Result)
	}
	return strings.Join(names, " ")
}

func TestCameraAlive(t *testing.T) {
	const uri = "synthetic://?people=1&width=320&height=180&fps=10"
	memory := filepath.Join(t.TempDir(), "view-door.png")
	v := &camera.Camera{Open: opened(uri), Live: true, Memory: memory, Watch: time.Second, Patience: time.Minute}
	found := results(t, v)
	if got := outcomes(found); got != "pass pass pass pass pass pass skipped" {
		t.Errorf("%s: %+v", got, found)
	}
	v = &camera.Camera{Open: opened(uri), Live: true, Memory: memory, Watch: time.Second, Patience: time.Minute, Remember: true, Picture: true}
	found = results(t, v)
	if got := outcomes(found); got != "pass pass pass pass pass pass pass" {
		t.Errorf("%s: %+v", got, found)
	}
	if pictures := found["camera_opens"].Pictures; len(pictures) != 1 || pictures[0].Caption != "what camera door sees" || pictures[0].Check != "camera_opens:door" {
		t.Errorf("%d pictures", len(pictures))
	}
}

func TestCameraDead(t *testing.T) {
	found := results(t, &camera.Camera{Open: opened("v4l2:///dev/nowhere"), Live: true, Patience: 100 * time.Millisecond})
	if got := outcomes(found); got != "fail skipped skipped skipped skipped skipped skipped" {
		t.Errorf("%s: %+v", got, found)
	}
	if d := found["camera_opens"].Detail; d != "no picture within 100ms" {
		t.Errorf("got %q", d)
	}
	if d := found["camera_dark"].Detail; d != "the camera gives no picture: see camera_opens" {
		t.Errorf("got %q", d)
	}
}

// TestCameraPictures shows pictures from files to the checks that need no motion.
func TestCameraPictures(t *testing.T) {
	sharp := gocv.IMRead(portrait, gocv.IMReadColor)
	defer sharp.Close()
	for _, c := range []struct {
		name, want string
		alter      func(m *gocv.Mat)
	}{
		{"as it is", "pass skipped skipped pass pass pass skipped", func(*gocv.Mat) {}},
		{"night", "pass skipped skipped fail", func(m *gocv.Mat) { m.ConvertToWithParams(m, gocv.MatTypeCV8UC3, 0.05, 0) }},
		{"dusk", "pass skipped skipped warn", func(m *gocv.Mat) { m.ConvertToWithParams(m, gocv.MatTypeCV8UC3, 0.17, 0) }},
		{"out of focus", "pass skipped skipped pass fail", func(m *gocv.Mat) { gocv.GaussianBlur(*m, m, image.Point{}, 10, 0, gocv.BorderReflect) }},
		{"a hand", "pass skipped skipped pass fail fail", func(m *gocv.Mat) { m.SetTo(gocv.NewScalar(120, 140, 180, 0)) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := sharp.Clone()
			defer m.Close()
			c.alter(&m)
			path := filepath.Join(t.TempDir(), "picture.png")
			if !gocv.IMWrite(path, m) {
				t.Fatal(path)
			}
			found := results(t, &camera.Camera{Open: opened("file://" + path), Watch: 100 * time.Millisecond})
			if got := outcomes(found); !strings.HasPrefix(got, c.want) {
				t.Errorf("got %s, want %s: %+v", got, c.want, found)
			}
		})
	}
}

func TestCameraMemoryDamaged(t *testing.T) {
	memory := filepath.Join(t.TempDir(), "view-door.png")
	if err := os.WriteFile(memory, []byte("no picture at all"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := &camera.Camera{Open: opened("synthetic://?people=1&width=320&height=180"), Live: true, Memory: memory, Watch: 50 * time.Millisecond, Patience: time.Minute}
	if r := results(t, c)["camera_moved"]; r.Result != selftest.Fail || r.Detail != memory+": png: invalid format: not a PNG file" {
		t.Errorf("got %+v", r)
	}
}

func TestCameraInterrupted(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	c := &camera.Camera{Name: "door", Open: opened("v4l2:///dev/nowhere"), Live: true, Patience: time.Minute}
	for _, r := range selftest.Run(ctx, 1, checks(c)[:1]) {
		if r.Result != selftest.Skipped || r.NotApplicable || r.Detail != "context deadline exceeded" {
			t.Errorf("got %+v", r)
		}
	}
}

// TestNoCamera skips everything where no camera is configured, and what a privacy zone hides.
func TestNoCamera(t *testing.T) {
	for _, r := range selftest.Run(t.Context(), 1, checks(&camera.Camera{})) {
		if r.Result != selftest.Skipped || !r.NotApplicable || strings.Contains(r.Name, ":") || !strings.HasPrefix(r.Detail, "no camera is configured: ") {
			t.Errorf("got %+v", r)
		}
	}
	hidden := &camera.Camera{Name: "door", Live: true, Hidden: true}
	for _, r := range selftest.Run(t.Context(), 1, checks(hidden)[2:]) {
		if r.Result != selftest.Skipped || !r.NotApplicable || r.Detail != "a privacy zone hides the picture" {
			t.Errorf("got %+v", r)
		}
	}
}

// TestCameraSeenOnce opens the camera once for all checks, and again for a check that has used the view.
func TestCameraSeenOnce(t *testing.T) {
	n := 0
	c := &camera.Camera{Watch: 50 * time.Millisecond, Open: func() (camera.Viewer, error) {
		n++
		return opened("file://" + portrait)()
	}}
	if err := c.See(t.Context()); err != nil || n != 1 {
		t.Errorf("opened %d times (%v)", n, err)
	}
	results(t, c)
	if n != 1 {
		t.Errorf("opened %d times for all checks, want once", n)
	}
	results(t, c)
	if n != 2 {
		t.Errorf("opened %d times, want again for a check that has used the view", n)
	}
}

// TestInsecure: a camera whose certificate nobody checks is a standing warning.
func TestInsecure(t *testing.T) {
	found := results(t, &camera.Camera{Open: opened("synthetic://?people=1"), InsecureTLS: true})
	if r := found["camera_opens"]; r.Result != selftest.Warn || !strings.Contains(r.Detail, "nobody checks that they come from this camera") || !strings.Contains(r.Hint, "cameras[].ca_file") {
		t.Errorf("got %+v", r)
	}
}

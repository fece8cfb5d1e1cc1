package selftest_test

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
)

const portrait = "../share/maskwarden/astronaut.png"

// camera opens a real capture.
func camera(uri string) func() (selftest.Viewer, error) {
	return func() (selftest.Viewer, error) {
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

// look runs all checks of a camera and returns the results by name.
func look(t *testing.T, v *selftest.View) map[string]selftest.Result {
	t.Helper()
	v.Camera = "door"
	found := map[string]selftest.Result{}
	for _, r := range selftest.Run(t.Context(), []selftest.Check{
		selftest.CameraOpens{View: v}, selftest.CameraFPS{View: v}, selftest.CameraFrozen{View: v}, selftest.CameraDark{View: v},
		selftest.CameraBlurred{View: v}, selftest.CameraBlocked{View: v}, selftest.CameraMoved{View: v},
	}) {
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
	v := &selftest.View{Open: camera(uri), Live: true, Memory: memory, For: time.Second, Patience: time.Minute}
	found := look(t, v)
	if got := outcomes(found); got != "pass pass pass pass pass pass skipped" {
		t.Errorf("%s: %+v", got, found)
	}
	v = &selftest.View{Open: camera(uri), Live: true, Memory: memory, For: time.Second, Patience: time.Minute, Remember: true, Frame: true}
	found = look(t, v)
	if got := outcomes(found); got != "pass pass pass pass pass pass pass" {
		t.Errorf("%s: %+v", got, found)
	}
	if pictures := found["camera_opens"].Pictures; len(pictures) != 1 || pictures[0].Caption != "what camera door sees" || pictures[0].Check != "camera_opens:door" {
		t.Errorf("%d pictures", len(pictures))
	}
}

func TestCameraDead(t *testing.T) {
	found := look(t, &selftest.View{Open: camera("v4l2:///dev/nowhere"), Live: true, Patience: 100 * time.Millisecond})
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
			found := look(t, &selftest.View{Open: camera("file://" + path), For: 100 * time.Millisecond})
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
	v := &selftest.View{Camera: "door", Open: camera("synthetic://?people=1&width=320&height=180"), Live: true, Memory: memory, For: 50 * time.Millisecond, Patience: time.Minute}
	one(t, selftest.CameraMoved{View: v}, selftest.Fail, 0, memory+": png: invalid format: not a PNG file")
}

func TestCameraInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := selftest.CameraOpens{View: &selftest.View{Open: camera("v4l2:///dev/nowhere"), Live: true}}.Run(ctx)
	if r.Result != selftest.Fail || r.Detail != "context canceled" {
		t.Errorf("got %+v", r)
	}
}

package daemon_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"
	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/face"
	"github.com/maskwarden/maskwarden/selftest"
)

// picture writes a gray picture that a camera can show.
func picture(t *testing.T, value float64) string {
	t.Helper()
	m := gocv.NewMatWithSizeFromScalar(gocv.NewScalar(value, value, value, 0), 120, 160, gocv.MatTypeCV8UC3)
	defer m.Close()
	path := filepath.Join(t.TempDir(), "picture.png")
	if !gocv.IMWrite(path, m) {
		t.Fatal(path)
	}
	return path
}

// results has the running daemon test itself, and returns its results by name.
func (u *unit) results(t *testing.T) (string, map[string]selftest.Result) {
	t.Helper()
	verdict, results := u.ask(t)
	found := map[string]selftest.Result{}
	for _, r := range results {
		found[r.Name] = r
	}
	return verdict, found
}

// TestNightIsNoFailSafe shows a running camera nothing but the dark: its word counts for less, and that is all.
func TestNightIsNoFailSafe(t *testing.T) {
	defer goleak.VerifyNone(t)
	u := start(t, fmt.Sprintf("cameras: [{name: door, source: \"file://%s\", fps: 10, loop: true}, {name: hall, source: %q}]\n", picture(t, 4), small))
	<-u.ready
	verdict, found := u.results(t)
	if verdict != selftest.Degraded {
		t.Errorf("got %s", verdict)
	}
	for name, want := range map[string]string{
		"camera_fps:door": "skipped", "camera_frozen:door": "skipped", "camera_dark:door": "fail", "camera_blocked:door": "fail", "camera_moved:door": "skipped",
		"camera_fps:hall": "pass", "camera_frozen:hall": "pass", "camera_dark:hall": "pass", "camera_blurred:hall": "pass", "camera_blocked:hall": "pass",
		"certified": "pass", "squeezing": "pass", "patch_detected": "pass",
	} {
		if found[name].Result != want {
			t.Errorf("%s: got %+v, want %s", name, found[name], want)
		}
	}
	h := u.State().Health
	if h.State != "degraded" || h.Alarm || !strings.Contains(h.Reason, fmt.Sprintf("self-test camera_dark:door: brightness 4, limit at least %d of 255", face.DefaultMinBrightness)) {
		t.Errorf("health %+v", h)
	}
	if s := u.State(); s.Cameras[0].Frames == 0 || s.Cameras[1].Frames == 0 {
		t.Errorf("cameras %+v", s.Cameras)
	}
	u.stop(t)
}

// TestLostCameraFails has a daemon test itself that has lost a camera: that it opens is what fails, and nothing can be said of its pictures.
func TestLostCameraFails(t *testing.T) {
	defer goleak.VerifyNone(t)
	u := start(t, fmt.Sprintf("cameras: [{name: dead, source: \"rtsp://127.0.0.1:9/nothing\"}, {name: hall, source: %q}]\n", small))
	<-u.ready
	until(t, "the camera is lost", func() bool { return u.State().Cameras[0].Status == "lost" })
	result, found := u.results(t)
	if r := found["camera_opens:dead"]; r.Result != selftest.Fail || r.Severity != selftest.Fault || r.Detail != "camera dead is lost" {
		t.Errorf("got %+v", r)
	}
	if r := found["camera_dark:dead"]; r.Result != selftest.Skipped || r.NotApplicable || r.Detail != "the camera gives no picture: see camera_opens" {
		t.Errorf("got %+v", r)
	}
	if result != selftest.Degraded || found["camera_opens:hall"].Result != selftest.Pass || found["camera_dark:hall"].Result != selftest.Pass {
		t.Errorf("got %s, %+v", result, found)
	}
	u.stop(t)
}

package daemon

import (
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/capture"
)

func TestDamagedShareIsAProblem(t *testing.T) {
	now := time.Unix(1000, 0)
	var d damage
	for i, c := range []struct {
		frames, damaged uint64
		after           time.Duration
		want            string
	}{
		{1, 0, 0, ""},
		{101, 50, 29 * time.Second, ""}, // the window is not over
		{301, 100, time.Second, "25 % of its pictures are damaged: check its network and cable"},
		{400, 100, 29 * time.Second, "25 % of its pictures are damaged: check its network and cable"},
		{401, 105, time.Second, ""}, // 5 of 105
		{401, 105, time.Minute, ""},
		{401, 106, time.Minute, "100 % of its pictures are damaged: check its network and cable"},
	} {
		now = now.Add(c.after)
		d.count(capture.Stats{Frames: c.frames, Damaged: c.damaged}, now)
		if got := d.problem(); got != c.want {
			t.Errorf("%d: got %q, want %q", i, got, c.want)
		}
	}
}

// TestDamagedCameraIsAReason shows the share in the state of a camera that is not lost.
func TestDamagedCameraIsAReason(t *testing.T) {
	now := time.Unix(1000, 0)
	p := newPlace("door", now)
	p.see(view(t, "door", 1), capture.Stats{Frames: 1}, now)
	p.see(view(t, "door", 1), capture.Stats{Frames: 11, Damaged: 10}, now.Add(damageWindow))
	if got := p.damage.problem(); p.camera.Damaged != 10 || got == "" {
		t.Errorf("%d damaged, %q", p.camera.Damaged, got)
	}
}

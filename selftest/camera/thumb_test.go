package camera

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// textured is a view with structure of a few pixels.
func textured(seed uint64) (t thumb) {
	lot := rand.New(rand.NewPCG(seed, 0))
	var coarse [8 * 12]float64
	for i := range coarse {
		coarse[i] = 255 * lot.Float64()
	}
	for y := range thumbHeight {
		for x := range thumbWidth {
			t[y*thumbWidth+x] = byte(coarse[y/4*12+x/4])
		}
	}
	return t
}

// shifted turns the camera to the side by some pixels.
func shifted(t thumb, by int) (s thumb) {
	for y := range thumbHeight {
		for x := range thumbWidth {
			s[y*thumbWidth+x] = t[y*thumbWidth+(x+by)%thumbWidth]
		}
	}
	return s
}

func TestLikeness(t *testing.T) {
	a, b, plain := textured(1), textured(2), thumb{}
	near, far := shifted(a, 3), shifted(a, thumbWidth*2/5)
	darker := a
	for i := range darker {
		darker[i] /= 2
	}
	for _, c := range []struct {
		name  string
		other thumb
		same  bool
	}{{"itself", a, true}, {"shaken", near, true}, {"darker", darker, true}, {"turned", far, false}, {"elsewhere", b, false}, {"nothing", plain, false}} {
		if got := a.likeness(&c.other); (got >= same) != c.same {
			t.Errorf("%s: likeness %.2f, limit %v, want same: %t", c.name, got, same, c.same)
		}
	}
}

func TestThumbFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "view-door.png")
	a := textured(1)
	if err := a.write(path); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v (%v), want one that only the owner can read", info.Mode(), err)
	}
	if b, err := readThumb(path); err != nil || a != b {
		t.Errorf("the view came back altered (%v)", err)
	}
	if err := os.WriteFile(path, []byte("no picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readThumb(path); err == nil || err.Error() != path+": png: invalid format: not a PNG file" {
		t.Errorf("got %v", err)
	}
	if err := a.write(filepath.Join(path, "below")); err == nil {
		t.Error("a view was written where nothing can be")
	}
}

package scene_test

import (
	"bytes"
	"crypto/sha256"
	"image"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/demo/scene"
	"github.com/maskwarden/maskwarden/frame"
)

const portrait = "../../share/maskwarden/astronaut.png"

func start(t *testing.T, s *scene.Scene) *frame.Frame {
	t.Helper()
	s.Portrait, s.Fast = portrait, true
	if err := s.Initialize(); err != nil {
		t.Fatal(err)
	}
	f := &frame.Frame{Image: gocv.NewMat()}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		_ = f.Image.Close()
	})
	return f
}

func read(t *testing.T, s *scene.Scene, f *frame.Frame, times int) {
	t.Helper()
	for range times {
		if err := s.Read(f); err != nil {
			t.Fatal(err)
		}
	}
}

// TestSameSeedSameFrames reads one scene twice, once in two goes, and another seed's.
func TestSameSeedSameFrames(t *testing.T) {
	sums := map[uint64][][32]byte{}
	for _, seed := range []uint64{7, 7, 8} {
		s := &scene.Scene{Width: 480, Height: 270, Seed: seed, Every: 2 * time.Second}
		f := start(t, s)
		for range 4 {
			read(t, s, f, 25)
			sums[seed] = append(sums[seed], sha256.Sum256(f.Image.ToBytes()))
		}
	}
	for i := range 4 {
		if sums[7][i] != sums[7][i+4] {
			t.Errorf("frame %d differs from itself", 25*(i+1))
		}
		if sums[7][i] == sums[8][i] {
			t.Errorf("frame %d is the same for another seed", 25*(i+1))
		}
	}
}

// TestReinitialized shows that Close and Initialize begin the scene again.
func TestReinitialized(t *testing.T) {
	s := &scene.Scene{Width: 320, Height: 180, People: 1}
	f := start(t, s)
	read(t, s, f, 1)
	first := f.Image.ToBytes()
	read(t, s, f, 5)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Read(f); err == nil || err.Error() != "synthetic camera: read before it was initialized or after it was closed" {
		t.Errorf("read after Close: %v", err)
	}
	if err := s.Initialize(); err != nil {
		t.Fatal(err)
	}
	read(t, s, f, 1)
	if !bytes.Equal(first, f.Image.ToBytes()) {
		t.Error("the first frame differs after Close and Initialize")
	}
}

// TestNoise holds the scene still, by asking for many frames a second, and measures what is left.
func TestNoise(t *testing.T) {
	s := &scene.Scene{Width: 320, Height: 180, People: 1, FPS: 120}
	f := start(t, s)
	read(t, s, f, 1)
	a := f.Image.Clone()
	defer a.Close()
	read(t, s, f, 1)
	corner := image.Rect(0, 60, 60, 100) // wall
	one, two := a.Region(corner), f.Image.Region(corner)
	defer one.Close()
	defer two.Close()
	diff, mean, deviation := gocv.NewMat(), gocv.NewMat(), gocv.NewMat()
	defer diff.Close()
	defer mean.Close()
	defer deviation.Close()
	one.ConvertTo(&one, gocv.MatTypeCV32FC3)
	two.ConvertTo(&two, gocv.MatTypeCV32FC3)
	gocv.Subtract(one, two, &diff)
	gocv.MeanStdDev(diff, &mean, &deviation)
	for c := range 3 {
		if d := deviation.GetDoubleAt(c, 0); d < 3 || d > 7 {
			t.Errorf("channel %d: two frames' noise differs by %.2f, want about 4.5", c, d)
		}
	}
}

// TestTruth follows whole scenes: boxes lie in the picture, every label comes, people leave and masks change in place.
func TestTruth(t *testing.T) {
	for people := 1; people <= 3; people++ {
		s := &scene.Scene{Width: 320, Height: 180, FPS: 5, People: people, Every: 4 * time.Second}
		f := start(t, s)
		seen := map[frame.Label]int{}
		gone := 0
		for range 5 * 4 * 12 {
			read(t, s, f, 1)
			if f.Image.Rows() != 180 || f.Image.Cols() != 320 || f.Image.Type() != gocv.MatTypeCV8UC3 {
				t.Fatalf("picture of %dx%d, type %v", f.Image.Cols(), f.Image.Rows(), f.Image.Type())
			}
			gone += people - len(f.Truth)
			for i, v := range f.Truth {
				seen[v.Label]++
				if v.Box.X0 < 0 || v.Box.Y0 < 0 || v.Box.X1 > 320 || v.Box.Y1 > 180 || v.Box.Area() == 0 {
					t.Fatalf("box %v lies out of the picture", v.Box)
				}
				for _, o := range f.Truth[:i] {
					if v.Box.IoU(o.Box) > 0 && v.Label != frame.Unknown && o.Label != frame.Unknown {
						t.Fatalf("faces %v and %v cover each other", v.Box, o.Box)
					}
				}
			}
		}
		all := 5 * 4 * 12 * people
		for _, l := range []frame.Label{frame.Correct, frame.Incorrect, frame.None} {
			if seen[l] < all/6 {
				t.Errorf("%d people: %v in %d of %d faces, want %d or more", people, l, seen[l], all, all/6)
			}
		}
		if seen[frame.Unknown] == 0 || seen[frame.Unknown] > all/5 {
			t.Errorf("%d people: unknown in %d of %d faces, want some, up to %d", people, seen[frame.Unknown], all, all/5)
		}
		if gone == 0 || gone > all/4 {
			t.Errorf("%d people: out of the picture in %d of %d, want some, up to %d", people, gone, all, all/4)
		}
	}
}

// TestPace reads in real time: half a second of frames takes half a second or more.
func TestPace(t *testing.T) {
	s := &scene.Scene{Portrait: portrait, Width: 160, Height: 120, FPS: 50, People: 1}
	if err := s.Initialize(); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	f := &frame.Frame{Image: gocv.NewMat()}
	defer f.Image.Close()
	begin := time.Now()
	read(t, s, f, 26)
	if took := time.Since(begin); took < 500*time.Millisecond {
		t.Errorf("25 frames at 50 a second took %v", took)
	}
}

func TestNoAllocation(t *testing.T) {
	s := &scene.Scene{People: 3, Width: 480, Height: 270, FPS: 2} // half a second a frame: masks change, people leave
	f := start(t, s)
	read(t, s, f, 20)
	if n := testing.AllocsPerRun(100, func() { read(t, s, f, 1) }); n > 0 && !profiled {
		t.Errorf("%v allocations a frame", n)
	}
}

func TestInitializeErrors(t *testing.T) {
	text := filepath.Join(t.TempDir(), "portrait.png")
	if err := os.WriteFile(text, []byte("no picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	same := [5]frame.Point{{X: 100, Y: 100}, {X: 100, Y: 100}, {}, {}, {}}
	for _, c := range []struct {
		scene scene.Scene
		want  string
	}{
		{scene.Scene{Portrait: "no/where.png"}, "synthetic camera: portrait no/where.png is missing: run `make setup`"},
		{scene.Scene{Portrait: text}, "synthetic camera: portrait " + text + " is not a picture: run `make setup`"},
		{scene.Scene{Portrait: portrait, People: 4}, "synthetic camera: people 4: want 1 to 3"},
		{scene.Scene{Portrait: portrait, Height: -1}, "synthetic camera: height -1: want 120 to 2160"},
		{
			scene.Scene{Portrait: portrait, Landmarks: same},
			"synthetic camera: landmarks [{100 100} {100 100} {0 0} {0 0} {0 0}]: want those of a face in the portrait, from left to right, eyes 8 pixels apart or more",
		},
	} {
		err := c.scene.Initialize()
		if err == nil || err.Error() != c.want {
			t.Errorf("got  %v\nwant %s", err, c.want)
		}
		if err := c.scene.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestOwnPortrait takes the portrait as any other: landmarks given, no outline, tall pictures.
func TestOwnPortrait(t *testing.T) {
	s := &scene.Scene{
		Width: 240, Height: 320, People: 2,
		Landmarks: [5]frame.Point{{X: 202, Y: 102}, {X: 246, Y: 104}, {X: 223, Y: 125}, {X: 203, Y: 142}, {X: 241, Y: 145}},
	}
	f := start(t, s)
	read(t, s, f, 1)
	if len(f.Truth) != 2 {
		t.Errorf("%d faces, want 2", len(f.Truth))
	}
}

func TestFromURL(t *testing.T) {
	u, err := url.Parse("synthetic://?people=3&width=640&height=360&fps=12.5&every=5s&seed=9&fast=1")
	if err != nil {
		t.Fatal(err)
	}
	s, err := scene.FromURL(u, portrait)
	if err != nil {
		t.Fatal(err)
	}
	if s.Portrait != portrait || s.People != 3 || s.Width != 640 || s.Height != 360 || s.FPS != 12.5 ||
		s.Every != 5*time.Second || s.Seed != 9 || !s.Fast {
		t.Errorf("got %+v", s)
	}
}

func TestFromURLErrors(t *testing.T) {
	for _, c := range [][2]string{
		{"file:///x", `synthetic camera: scheme "file": want synthetic`},
		{"synthetic://host", "synthetic camera: want synthetic:// and parameters after a ?, nothing between"},
		{"synthetic:///a", "synthetic camera: want synthetic:// and parameters after a ?, nothing between"},
		{"synthetic://?peple=2", `synthetic camera: unknown parameter "peple": want every, fast, fps, height, people, seed or width`},
		{"synthetic://?people=2&people=3", "synthetic camera: people is given 2 times"},
		{"synthetic://?people=two", `synthetic camera: people "two": want a whole number`},
		{"synthetic://?people=0", "synthetic camera: people 0: want 1 to 3"},
		{"synthetic://?width=5000", "synthetic camera: width 5000: want 160 to 3840"},
		{"synthetic://?height=8", "synthetic camera: height 8: want 120 to 2160"},
		{"synthetic://?fps=NaN", "synthetic camera: fps NaN: want 1 to 120"},
		{"synthetic://?fps=0", "synthetic camera: fps 0: want 1 to 120"},
		{"synthetic://?fps=fast", `synthetic camera: fps "fast": want a number`},
		{"synthetic://?every=4", `synthetic camera: every "4": want a duration such as 4s`},
		{"synthetic://?every=1s", "synthetic camera: every 1s: want 2s to 1h"},
		{"synthetic://?seed=-1", `synthetic camera: seed "-1": want a whole number, 0 or more`},
		{"synthetic://?fast=maybe", `synthetic camera: fast "maybe": want 1 or 0`},
		{"synthetic://?people=%zz", `synthetic camera: invalid URL escape "%zz"`},
	} {
		u, err := url.Parse(c[0])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := scene.FromURL(u, portrait); err == nil || err.Error() != c[1] {
			t.Errorf("%s:\ngot  %v\nwant %s", c[0], err, c[1])
		}
	}
}

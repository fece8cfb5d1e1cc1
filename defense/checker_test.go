package defense_test

import (
	"encoding/json"
	"image"
	_ "image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/defense"
	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/pack/packtest"
	"github.com/maskwarden/maskwarden/tflite"
)

const robust = "../models/robust"

// newChecker returns a checker on the shipped pack and the real TensorFlow Lite.
func newChecker(t testing.TB, edit func(*defense.Checker)) *defense.Checker {
	t.Helper()
	lib, err := tflite.Open("../share/maskwarden/libtensorflowlite.so")
	if err != nil {
		t.Fatalf("%v (run `make setup`)", err)
	}
	t.Cleanup(func() { _ = lib.Close() })
	p := packtest.Open(t, robust, pack.Float32)
	net := &tflite.Classifier{Library: lib, Pack: p, Threads: 1, MaxBatch: 2}
	if err := net.Initialize(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(net.Close)
	c := &defense.Checker{Classifier: net, Smoother: newSmoother(t, p.Manifest.Smoothing.Window), Manifest: &p.Manifest, Squeeze: true}
	if edit != nil {
		edit(c)
	}
	if err := c.Initialize(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func check(t testing.TB, c *defense.Checker, crop gocv.Mat) frame.Proof {
	t.Helper()
	p, err := c.Check(crop, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// rgb reads a picture of the shipped pack: rows of its width x 3 bytes.
func rgb(t testing.TB, file string) (pixels []byte, width int) {
	t.Helper()
	f, err := os.Open(filepath.Join(robust, file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, _, err := image.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	b := img.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			r, g, bl, _ := img.At(x, y).RGBA()
			pixels = append(pixels, byte(r>>8), byte(g>>8), byte(bl>>8))
		}
	}
	return pixels, b.Dx()
}

// paste puts a square patch into a picture.
func paste(pixels []byte, width int, patch []byte, side, row, col int) {
	for y := range side {
		copy(pixels[3*((row+y)*width+col):], patch[3*y*side:3*(y+1)*side])
	}
}

// known is a case of testdata/certify.json: what training/defense/certify.py and training/defense/squeeze.py say of a picture.
type known struct {
	Face, Patch, Blend   string
	Row, Col             int
	Clean, Label, Agreed string
	Suspected            bool
	NeverCorrect         bool `json:"never_correct"`
	Score                float64
}

func (k *known) picture(t *testing.T) gocv.Mat {
	t.Helper()
	pixels, width := rgb(t, k.Face)
	if k.Patch != "" {
		patch, side := rgb(t, k.Patch)
		paste(pixels, width, patch, side, k.Row, k.Col)
	}
	if k.Blend != "" {
		other, _ := rgb(t, k.Blend)
		for i := range pixels {
			pixels[i] = byte((int(pixels[i]) + int(other[i])) / 2)
		}
	}
	return newMat(t, len(pixels)/3/width, width, pixels)
}

// TestEqualsTraining: the same labels, flags and scores as the Python that measured the pack.
func TestEqualsTraining(t *testing.T) {
	data, err := os.ReadFile("testdata/certify.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []known
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	c := newChecker(t, func(c *defense.Checker) { c.Recovery = true })
	suspected := 0
	for _, k := range cases {
		p := check(t, c, k.picture(t))
		want := frame.Detection
		switch {
		case k.Suspected:
			want = frame.Unproved
			suspected++
		case k.Agreed != "":
			want = frame.Recovery
		}
		flagged := k.Score > c.Manifest.Squeezing.Threshold
		if p.Label.String() != k.Label || p.Certified != want || (p.Suspicion&frame.MasksDisagree != 0) != k.Suspected ||
			p.NeverCorrect != k.NeverCorrect || (p.Suspicion&frame.SqueezeDiffers != 0) != flagged || math.Abs(float64(p.Distance)-k.Score) > 1e-4 {
			t.Errorf("%+v:\ngot %+v", k, p)
		}
		if (p.Certified != frame.Unproved || k.NeverCorrect) != (p.Area > 0.0212 && p.Area < 0.0213) || k.Suspected == (p.Conflict == 0) || !p.Checked {
			t.Errorf("%+v: area or conflict: %+v", k, p)
		}
	}
	if suspected < 5 || suspected == len(cases) {
		t.Errorf("%d of %d cases are suspected: this test would see little", suspected, len(cases))
	}
}

// TestNoPatchChangesARecoveredAnswer puts patches of the certified size anywhere on faces whose recovery is certified: the
// theorem says that the answer stays.
func TestNoPatchChangesARecoveredAnswer(t *testing.T) {
	c := newChecker(t, func(c *defense.Checker) { c.Recovery = true })
	rng := rand.New(rand.NewPCG(5, 6))
	side := c.Manifest.Masking.Patch
	tried := 0
	for _, file := range []string{"golden/correct-1.png", "golden/incorrect-1.png", "golden/none-1.png"} {
		pixels, width := rgb(t, file)
		before := check(t, c, newMat(t, width, width, pixels))
		if before.Certified != frame.Recovery {
			continue
		}
		for range 8 {
			patch := make([]byte, 3*side*side)
			for i := range patch {
				patch[i] = byte(255 * rng.IntN(2))
			}
			changed := append([]byte(nil), pixels...)
			paste(changed, width, patch, side, rng.IntN(width-side+1), rng.IntN(width-side+1))
			if after := check(t, c, newMat(t, width, width, changed)); after.Label != before.Label {
				t.Errorf("%s: %v became %v", file, before.Label, after.Label)
			}
			tried++
		}
	}
	if tried == 0 {
		t.Error("recovery is certified for none of the faces: this test sees nothing")
	}
}

// TestKnownAnswerSavesAPass: what the classifier said of the picture need not be asked again.
func TestKnownAnswerSavesAPass(t *testing.T) {
	c := newChecker(t, nil)
	for _, file := range []string{"golden/correct-1.png", "golden/incorrect-2.png", "golden/none-3.png"} {
		pixels, width := rgb(t, file)
		crop := newMat(t, width, width, pixels)
		want := check(t, c, crop)
		if err := c.Single(crop); err != nil {
			t.Fatal(err)
		}
		known := c.Classifier.Probabilities(0)
		got, err := c.Check(crop, &known)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(float64(got.Distance-want.Distance)) > 1e-5 || math.Abs(float64(got.Conflict-want.Conflict)) > 1e-5 {
			t.Errorf("%s: got %+v, want %+v", file, got, want)
		}
		got.Distance, got.Conflict, got.Passes = want.Distance, want.Conflict, got.Passes+1
		if got != want {
			t.Errorf("%s: got %+v, want %+v", file, got, want)
		}
	}
}

// TestCertainty: views that are not sure enough neither certify nor contradict.
func TestCertainty(t *testing.T) {
	pixels, width := rgb(t, "golden/none-1.png")
	c := newChecker(t, func(c *defense.Checker) { c.Certainty, c.Squeeze = 0.999, false })
	p := check(t, c, newMat(t, width, width, pixels))
	if p.Certified != frame.Unproved || p.Suspicion != 0 || p.Label != frame.None || p.Passes != 10 {
		t.Errorf("got %+v, want none, neither certified nor suspected, in 10 passes", p)
	}
}

func TestCheckerErrors(t *testing.T) {
	good := newChecker(t, nil)
	closed := newChecker(t, nil)
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	empty := gocv.NewMat()
	defer empty.Close()
	small := newMat(t, 2, 3, make([]byte, 18))
	for _, e := range []struct {
		c    *defense.Checker
		crop gocv.Mat
		want string
	}{
		{good, empty, "certified check: the picture is empty"},
		{good, gocv.Mat{}, "certified check: the picture is empty"},
		{good, small, "certified check: the picture is 3x2 CV8UC3: want 96x96 CV8UC3"},
		{closed, small, "certified check: not initialized, or closed"},
	} {
		if _, err := e.c.Check(e.crop, nil); err == nil || err.Error() != e.want {
			t.Errorf("got  %v\nwant %s", err, e.want)
		}
	}
	gray := *good.Manifest
	gray.Input.Color = "gray"
	bad := &defense.Checker{Classifier: good.Classifier, Smoother: good.Smoother, Manifest: &gray}
	want := "masking: the pack takes gray pictures: want rgb or bgr, or turn defense.certify off"
	if err := bad.Initialize(); err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	bad.Manifest, bad.Certainty = good.Manifest, 1
	want = "masking: certainty 1: want 0 to below 1"
	if err := bad.Initialize(); err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestCheckAllocatesNothing(t *testing.T) {
	c := newChecker(t, nil)
	pixels, width := rgb(t, "golden/correct-2.png")
	crop := newMat(t, width, width, pixels)
	if n := testing.AllocsPerRun(3, func() { check(t, c, crop) }); n != 0 && !profiled {
		t.Errorf("%v allocations a check", n)
	}
}

package selftest_test

import (
	"bytes"
	"image/color"
	"image/png"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maskwarden/maskwarden/selftest"
)

// TestNewPicture encodes two rows of three pixels in both orders of the channels, and reads each pixel back.
func TestNewPicture(t *testing.T) {
	const width, height = 3, 2
	var rgb, bgr []byte
	for i := range byte(width * height) {
		rgb, bgr = append(rgb, 10*i+1, 10*i+2, 10*i+3), append(bgr, 10*i+3, 10*i+2, 10*i+1)
	}
	for order, pixels := range map[string][]byte{"rgb": rgb, "bgr": bgr} {
		p, err := selftest.NewPicture("a face", pixels, width, height, order)
		if err != nil || p.Caption != "a face" {
			t.Fatalf("%s: got %+v, %v", order, p, err)
		}
		img, err := png.Decode(bytes.NewReader(p.PNG))
		if err != nil || img.Bounds().Dx() != width || img.Bounds().Dy() != height {
			t.Fatalf("%s: got %v, %v", order, img, err)
		}
		for i := range byte(width * height) {
			want := color.NRGBA{10*i + 1, 10*i + 2, 10*i + 3, 0xff}
			if got := color.NRGBAModel.Convert(img.At(int(i)%width, int(i)/width)); got != want {
				t.Errorf("%s: pixel %d is %v, want %v", order, i, got, want)
			}
		}
	}
}

func TestPairs(t *testing.T) {
	r := &selftest.Report{Checks: []selftest.Result{{Name: "pack_hash"}, {Name: "patch_accuracy", Value: 1}, {Name: "patch_live", Value: 2}}}
	if got := r.Pairs(); got != nil {
		t.Errorf("got %+v without another model", got)
	}
	r.Baseline = &selftest.Baseline{Checks: []selftest.Result{{Name: "patch_live", Value: 3}, {Name: "patch_accuracy", Value: 4}}}
	want := []selftest.Pair{{r.Checks[1], r.Baseline.Checks[1]}, {r.Checks[2], r.Baseline.Checks[0]}}
	if got := r.Pairs(); !cmp.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

package defense_test

import (
	"image"
	"slices"
	"testing"

	"github.com/maskwarden/maskwarden/defense"
	"github.com/maskwarden/maskwarden/pack"
)

func TestMasksOfTheShippedPack(t *testing.T) {
	got, err := defense.Masks(96, 96, pack.Masking{Fill: 128, MasksPerAxis: 3, Patch: 14})
	if err != nil {
		t.Fatal(err)
	}
	var want []image.Rectangle
	for _, y := range []int{0, 28, 55} {
		for _, x := range []int{0, 28, 55} {
			want = append(want, image.Rect(x, y, x+41, y+41))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

// TestMasksCoverEveryPlace tries every patch at every place of every picture up to 40 pixels.
func TestMasksCoverEveryPlace(t *testing.T) {
	for size := 2; size <= 40; size++ {
		for patch := 1; patch < size; patch++ {
			for masks := 1; masks <= 8; masks++ {
				found, err := defense.Masks(size, size+3, pack.Masking{MasksPerAxis: masks, Patch: patch})
				if err != nil {
					t.Fatal(err)
				}
				if len(found) > masks*masks || !covers(found, size, size+3, patch) {
					t.Fatalf("%d pixels, patch %d, %d masks: %v", size, patch, masks, found)
				}
			}
		}
	}
}

// covers says whether each place along the upper and the left edge lies in a mask that begins there; masks are the
// product of both axes, so all others do, too.
func covers(masks []image.Rectangle, width, height, patch int) bool {
	in := func(at image.Rectangle) bool {
		return slices.ContainsFunc(masks, func(m image.Rectangle) bool { return at.In(m) })
	}
	for x := 0; x+patch <= width; x++ {
		if !in(image.Rect(x, 0, x+patch, patch)) {
			return false
		}
	}
	for y := 0; y+patch <= height; y++ {
		if !in(image.Rect(0, y, patch, y+patch)) || !in(image.Rect(width-patch, y, width, y+patch)) {
			return false
		}
	}
	return true
}

func TestMasksErrors(t *testing.T) {
	const tail = ": want a patch smaller than the picture, and a mask: make the pack again"
	for _, c := range []struct {
		width, height, patch, masks int
		want                        string
	}{
		{96, 96, 96, 3, "masking: a patch of 96 pixels on 96 with 3 masks" + tail},
		{96, 20, 30, 3, "masking: a patch of 30 pixels on 20 with 3 masks" + tail},
		{96, 96, 0, 3, "masking: a patch of 0 pixels on 96 with 3 masks" + tail},
		{96, 96, 14, 0, "masking: a patch of 14 pixels on 96 with 0 masks" + tail},
	} {
		_, err := defense.Masks(c.width, c.height, pack.Masking{MasksPerAxis: c.masks, Patch: c.patch})
		if err == nil || err.Error() != c.want {
			t.Errorf("got  %v\nwant %s", err, c.want)
		}
	}
}

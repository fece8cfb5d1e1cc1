package defense

import (
	"fmt"
	"image"

	"github.com/maskwarden/maskwarden/pack"
)

// Masks returns the rectangles that hide a picture one at a time, from the top left by rows: every square of m.Patch
// pixels lies wholly in one of them (PatchCleanser, Xiang et al. 2022, arXiv:2108.09135, section 3.2). There are at
// most m.MasksPerAxis squared.
func Masks(width, height int, m pack.Masking) ([]image.Rectangle, error) {
	cols, w, err := offsets(width, m.Patch, m.MasksPerAxis)
	if err != nil {
		return nil, err
	}
	rows, h, err := offsets(height, m.Patch, m.MasksPerAxis)
	if err != nil {
		return nil, err
	}
	masks := make([]image.Rectangle, 0, len(rows)*len(cols))
	for _, y := range rows {
		for _, x := range cols {
			masks = append(masks, image.Rect(x, y, x+w, y+h))
		}
	}
	return masks, nil
}

// offsets returns where the masks begin along one axis, and how long they are, in pixels.
func offsets(size, patch, masks int) (starts []int, side int, err error) {
	if patch < 1 || patch >= size || masks < 1 {
		return nil, 0, fmt.Errorf("masking: a patch of %d pixels on %d with %d masks: want a patch smaller than the picture, and a mask: make the pack again",
			patch, size, masks)
	}
	stride := (size - patch + masks) / masks // (size-patch+1)/masks, rounded up
	side = min(patch+stride-1, size)
	for at := 0; at+side <= size; at += stride {
		starts = append(starts, at)
	}
	if last := size - side; starts[len(starts)-1] != last {
		starts = append(starts, last)
	}
	return starts, side, nil
}

// hide paints a mask onto pixels, rows of width x 3 bytes.
func hide(pixels []byte, width int, mask image.Rectangle, fill byte) {
	for y := mask.Min.Y; y < mask.Max.Y; y++ {
		row := pixels[3*(y*width+mask.Min.X) : 3*(y*width+mask.Max.X)]
		for i := range row {
			row[i] = fill
		}
	}
}

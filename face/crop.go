package face

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"math"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/frame"
)

// DefaultMargin is how much the training crops hold around a face, as a share of its longer side, on each side.
const DefaultMargin = 0.15

// maxCropSide bounds what a box far outside of the picture can make Crop allocate.
const maxCropSide = 1 << 14

// Cropper cuts squares around faces for the classifier, as the training crops were cut: around the middle of the box, its
// longer side wide and the margin on each side, the edge pixels repeated where the square leaves the picture.
type Cropper struct {
	Margin        float32 // share of the box's longer side added on each side, 0 to 1
	Width, Height int     // of the crop, pixels

	padded, resized gocv.Mat
	open            bool
}

// Initialize checks the fields.
func (c *Cropper) Initialize() error {
	if !(c.Margin >= 0 && c.Margin <= 1) {
		return fmt.Errorf("face cropper: margin %v: want 0 to 1", c.Margin)
	}
	if c.Width < 1 || c.Height < 1 || max(c.Width, c.Height) > maxCropSide {
		return fmt.Errorf("face cropper: size %dx%d: want 1 to %d a side", c.Width, c.Height, maxCropSide)
	}
	c.padded, c.resized = gocv.NewMat(), gocv.NewMat()
	c.open = true
	return nil
}

// Crop writes the face in img, BGR, 8 bits, to dst: Height x Width x 3, RGB, 8 bits.
func (c *Cropper) Crop(img gocv.Mat, box frame.Box, dst *gocv.Mat) error {
	if !c.open {
		return errors.New("face cropper: not initialized, or closed")
	}
	if err := checkImage(img); err != nil {
		return fmt.Errorf("face cropper: %w", err)
	}
	square, err := c.square(box)
	if err != nil {
		return fmt.Errorf("face cropper: %w", err)
	}
	inside := square.Intersect(image.Rect(0, 0, img.Cols(), img.Rows()))
	if inside.Empty() {
		return fmt.Errorf("face cropper: box %v lies outside of the %dx%d picture", box, img.Cols(), img.Rows())
	}
	region := img.Region(inside)
	defer region.Close()
	c.resize(region, inside, square)
	gocv.CvtColor(c.resized, dst, gocv.ColorBGRToRGB)
	return nil
}

// resize scales the part of the square that lies inside the picture, with a border where it does not.
func (c *Cropper) resize(region gocv.Mat, inside, square image.Rectangle) {
	src := region
	if inside != square {
		gocv.CopyMakeBorder(region, &c.padded,
			inside.Min.Y-square.Min.Y, square.Max.Y-inside.Max.Y, inside.Min.X-square.Min.X, square.Max.X-inside.Max.X,
			gocv.BorderReplicate, color.RGBA{})
		src = c.padded
	}
	how := gocv.InterpolationLinear
	if square.Dx() > min(c.Width, c.Height) {
		how = gocv.InterpolationArea
	}
	gocv.Resize(src, &c.resized, image.Pt(c.Width, c.Height), 0, 0, how)
}

// square returns what Crop cuts out, in whole pixels.
func (c *Cropper) square(box frame.Box) (image.Rectangle, error) {
	side := float64(max(box.Width(), box.Height()) * (1 + 2*c.Margin))
	middle := box.Center()
	x, y := math.Round(float64(middle.X)-side/2), math.Round(float64(middle.Y)-side/2)
	if !(box.Area() > 0 && side <= maxCropSide && math.Abs(x) < math.MaxInt32 && math.Abs(y) < math.MaxInt32) {
		return image.Rectangle{}, fmt.Errorf("box %v: want a box with an area, at most %d pixels a side", box, maxCropSide)
	}
	n := max(1, int(math.Round(side)))
	return image.Rect(int(x), int(y), int(x)+n, int(y)+n), nil
}

// Close frees the buffers. It may be called twice, and without Initialize.
func (c *Cropper) Close() error {
	if !c.open {
		return nil
	}
	c.open = false
	return errors.Join(c.padded.Close(), c.resized.Close())
}

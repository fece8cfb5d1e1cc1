package face

import (
	"errors"
	"fmt"
	"image"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/frame"
)

// Defaults of Gate. Of the project's val crops in which the detector finds a face, they refuse as blurred 0.4 %
// and as turned away 2.3 %.
const (
	DefaultMinSize       = 12
	DefaultMinBrightness = 8
	DefaultMinContrast   = 3
	DefaultMinSharpness  = 0.03
	DefaultMaxYaw        = 2
)

const gateSide = 32 // pixels; larger faces are shrunk to it, so that sensor noise counts neither as contrast nor as sharpness

// Gate says which faces can be classified at all. A field that is 0 takes its default.
type Gate struct {
	MinSize float32 // pixels, of the box's shorter side
	// MinBrightness and MinContrast are the least mean and standard deviation of the gray values, 0 to 255, of the face shrunk to
	// 32 pixels. The network evens out light; what darkness takes from it are the levels that tell parts of a face apart.
	// `python -m training.dark` shows where accuracy falls.
	MinBrightness, MinContrast float64
	// MinSharpness is the least variance of the Laplacian (Pech-Pacheco et al. 2000) over the variance of the gray
	// values, on the face shrunk to 32 pixels. Of the val crops, Gaussian blur with a deviation of 4, 6 and 8 % of the
	// face's width brings 13, 74 and 97 % below the default.
	MinSharpness float64
	// MaxYaw is how far the nose may lie from the middle between the eyes, along their line, in half eye distances:
	// 0 seen from the front, 1 with the nose under an eye, more in profile.
	MaxYaw float32

	small, gray, laplacian, mean, deviation gocv.Mat
	open                                    bool
}

// Initialize fills in the defaults.
func (g *Gate) Initialize() error {
	if g.MinSize == 0 {
		g.MinSize = DefaultMinSize
	}
	if g.MinBrightness == 0 {
		g.MinBrightness = DefaultMinBrightness
	}
	if g.MinContrast == 0 {
		g.MinContrast = DefaultMinContrast
	}
	if g.MinSharpness == 0 {
		g.MinSharpness = DefaultMinSharpness
	}
	if g.MaxYaw == 0 {
		g.MaxYaw = DefaultMaxYaw
	}
	if !(g.MinSize > 0) || !(g.MinBrightness > 0) || !(g.MinContrast > 0) || !(g.MinSharpness > 0) || !(g.MaxYaw > 0) {
		return fmt.Errorf("face gate: min size %v, min brightness %v, min contrast %v, min sharpness %v, max yaw %v: want each above 0",
			g.MinSize, g.MinBrightness, g.MinContrast, g.MinSharpness, g.MaxYaw)
	}
	for _, m := range g.buffers() {
		*m = gocv.NewMat()
	}
	g.open = true
	return nil
}

// Grade says whether the face in img, BGR, 8 bits, can be classified. What cannot be measured is Blurred.
func (g *Gate) Grade(img gocv.Mat, f *frame.Face) frame.Quality {
	if !(min(f.Box.Width(), f.Box.Height()) >= g.MinSize) {
		return frame.TooSmall
	}
	if !g.shrink(img, f.Box) {
		return frame.Blurred
	}
	brightness, contrast := g.moments(g.gray)
	switch {
	case !(brightness >= g.MinBrightness) || !(contrast >= g.MinContrast):
		return frame.TooDark
	case !(g.sharpness(contrast) >= g.MinSharpness):
		return frame.Blurred
	case !(yaw(f.Landmarks) <= g.MaxYaw):
		return frame.TurnedAway
	default:
		return frame.Good
	}
}

// shrink makes the gray values that are measured of what the picture holds of a box, and says whether they are enough.
func (g *Gate) shrink(img gocv.Mat, box frame.Box) bool {
	if !g.open || checkImage(img) != nil {
		return false
	}
	r := image.Rect(int(box.X0), int(box.Y0), int(box.X1), int(box.Y1)).Intersect(image.Rect(0, 0, img.Cols(), img.Rows()))
	if r.Dx() < 3 || r.Dy() < 3 {
		return false
	}
	region := img.Region(r)
	defer region.Close()
	gocv.Resize(region, &g.small, image.Pt(min(r.Dx(), gateSide), min(r.Dy(), gateSide)), 0, 0, gocv.InterpolationArea)
	gocv.CvtColor(g.small, &g.gray, gocv.ColorBGRToGray)
	return true
}

// sharpness is measured on gray values of that standard deviation, as MinSharpness says.
func (g *Gate) sharpness(contrast float64) float64 {
	gocv.Laplacian(g.gray, &g.laplacian, gocv.MatTypeCV16S, 1, 1, 0, gocv.BorderReflect101)
	inner := g.laplacian.Region(image.Rect(1, 1, g.gray.Cols()-1, g.gray.Rows()-1)) // a mirrored slope is an edge
	defer inner.Close()
	_, edges := g.moments(inner)
	return edges * edges / (contrast * contrast)
}

// moments are the mean and the standard deviation.
func (g *Gate) moments(m gocv.Mat) (mean, deviation float64) {
	gocv.MeanStdDev(m, &g.mean, &g.deviation)
	return g.mean.GetDoubleAt(0, 0), g.deviation.GetDoubleAt(0, 0)
}

// yaw returns how far the nose lies from the middle between the eyes, as MaxYaw is measured; NaN without landmarks.
func yaw(landmarks [5]frame.Point) float32 {
	left, right, nose := landmarks[0], landmarks[1], landmarks[2]
	ex, ey := right.X-left.X, right.Y-left.Y
	share := ((nose.X-left.X)*ex + (nose.Y-left.Y)*ey) / (ex*ex + ey*ey) // 0 below the left eye, 1 below the right one
	return max(2*share-1, 1-2*share)
}

func (g *Gate) buffers() []*gocv.Mat {
	return []*gocv.Mat{&g.small, &g.gray, &g.laplacian, &g.mean, &g.deviation}
}

// Close frees the buffers. It may be called twice, and without Initialize.
func (g *Gate) Close() error {
	if !g.open {
		return nil
	}
	g.open = false
	var errs []error
	for _, m := range g.buffers() {
		errs = append(errs, m.Close())
	}
	return errors.Join(errs...)
}

package camera

import (
	"fmt"
	"image"
	"slices"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/selftest"
)

// Finder finds faces; face.Detector does.
type Finder interface {
	Detect(img gocv.Mat, dst []frame.Face) ([]frame.Face, error)
}

const (
	quarters    = 4   // turns of a picture
	turnedSide  = 480 // pixels of the square that is searched in each of them
	mostTurned  = 3   // pictures of a view that are turned
	uprightLess = 0.5 // share of the scores below which another turn shows the faces better
)

// Upright checks that faces stand upright: the network knows no others, and a camera that hangs on its head judges hardly any. The value is
// the scores of the faces as the picture is, as a share of these and those in the best other turn.
func Upright(c *Camera) selftest.Check {
	return c.check(selftest.Check{
		Name: "camera_upright", Severity: selftest.Drift,
		Asks:   "do faces stand upright?",
		Remedy: "`cameras[].rotate`",
		Needs:  []selftest.Need{c.picture(), selftest.FreeDetector(func() bool { return c.Finder != nil })},
	}, c.gradeUpright)
}

func (c *Camera) gradeUpright(v *view) selftest.Result {
	best := 1
	for turn := range v.upright {
		if turn > 0 && v.upright[turn] > v.upright[best] {
			best = turn
		}
	}
	both := v.upright[0] + v.upright[best]
	if both == 0 {
		r := selftest.Skip("nobody is in view")
		r.NotApplicable = true
		return r
	}
	degrees := best * 360 / quarters
	r := selftest.Scale{
		Quantity: "upright faces", Unit: "share", Bound: selftest.AtLeast, Fail: uprightLess,
		Hint: fmt.Sprintf("set cameras[].rotate: %d, if the camera hangs as it should", c.corrected(degrees)),
	}.Grade(selftest.Rounded(v.upright[0] / both))
	if r.Result != selftest.Pass {
		r.Detail = fmt.Sprintf("faces stand upright when the picture is turned by %d degrees", degrees)
	}
	return r
}

// corrected is what cameras[].rotate has to be for a picture that has to be turned further. Behind a mirror a turn goes the other way.
func (c *Camera) corrected(degrees int) int {
	if c.Mirrored {
		degrees = 360 - degrees
	}
	return (c.Rotate + degrees) % 360
}

// keepTurnable keeps a picture, as a square with a gray border, to be turned.
func (m *meter) keepTurnable(img gocv.Mat) {
	scale := float64(turnedSide) / float64(max(img.Cols(), img.Rows()))
	size := image.Pt(max(1, int(float64(img.Cols())*scale)), max(1, int(float64(img.Rows())*scale)))
	square := gocv.NewMatWithSizeFromScalar(gocv.NewScalar(128, 128, 128, 0), turnedSide, turnedSide, gocv.MatTypeCV8UC3)
	middle := square.Region(image.Rectangle{Max: size}.Add(image.Pt((turnedSide-size.X)/2, (turnedSide-size.Y)/2)))
	gocv.Resize(img, &middle, size, 0, 0, gocv.InterpolationArea)
	_ = middle.Close() // gocv's Close never fails
	m.squares = append(m.squares, square)
}

// turned returns the sum of the scores of the faces in the kept pictures, by quarter turns clockwise.
func (m *meter) turned(finder Finder) (scores [quarters]float64, err error) {
	var faces []frame.Face
	for _, square := range m.squares {
		for turn := range quarters {
			if faces, err = finder.Detect(square, faces[:0]); err != nil {
				return scores, err
			}
			for i := range faces {
				scores[turn] += float64(faces[i].Score)
			}
			next := gocv.NewMat()
			gocv.Rotate(square, &next, gocv.Rotate90Clockwise)
			next.CopyTo(&square)
			_ = next.Close() // gocv's Close never fails
		}
	}
	return scores, nil
}

func (m *meter) close() {
	for _, mat := range slices.Concat(m.squares, []gocv.Mat{m.gray, m.small, m.shown}) {
		_ = mat.Close() // gocv's Close never fails
	}
}

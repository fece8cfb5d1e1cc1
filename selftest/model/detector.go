package model

import (
	"context"
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

// A mosaic holds columns x rows faces, each in the middle of a square cell.
const (
	mosaicColumns, mosaicRows = 3, 2
	gray                      = 128
	foundIoU                  = 0.4  // CenterFace's boxes of the shipped pack's faces overlap their crops by 0.56 and more
	missed                    = 0.08 // share of the faces that another build of OpenCV may miss
)

// Detector checks that the face detector in use finds the pack's golden faces, laid out on gray mosaics, where they are, and nothing on an
// empty mosaic. The value is the share of the faces that were found.
func Detector(m *Model) selftest.Check {
	return selftest.Check{
		Name: "detector", Severity: selftest.Fault,
		Asks:   "does the face detector find the pack's 24 golden faces on gray pictures, and nothing else?",
		Remedy: "`faces.model`, `faces.min_score` or OpenCV is not what the release was tested with",
		Needs:  []selftest.Need{selftest.FreeDetector(func() bool { return m.Finder != nil }), {Name: "golden faces in color", Lacks: m.noFaces}},
		Run:    func(context.Context, uint64) selftest.Result { return m.detector() },
	}
}

func (m *Model) noFaces() string {
	if len(GoldenFaces(m.Pack)) == 0 || m.Pack.Manifest.Input.Channels() != 3 {
		return "the pack holds no golden faces in color"
	}
	return ""
}

func (m *Model) detector() selftest.Result {
	const hint = "faces.model, faces.min_score or OpenCV is not what the release was tested with"
	faces := GoldenFaces(m.Pack)
	found, extra := 0, 0
	for _, some := range append(slices.Collect(slices.Chunk(faces, mosaicColumns*mosaicRows)), nil) {
		f, e, err := m.mosaic(some)
		if err != nil {
			return selftest.Failed(err, hint)
		}
		found, extra = found+f, extra+e
	}
	r := selftest.Scale{
		Quantity: "faces found", Unit: "share", Bound: selftest.AtLeast, Fail: 1 - missed, Hint: hint,
	}.Grade(float64(found) / float64(len(faces)))
	r.Detail = fmt.Sprintf("%d of %d known faces found, %d where there is none", found, len(faces), extra)
	if extra > 0 {
		r.Result, r.Hint = selftest.Fail, hint
	}
	return r
}

// mosaic lays out some golden faces and counts those that are found, and what is found elsewhere.
func (m *Model) mosaic(faces []int) (found, extra int, err error) {
	in := m.Pack.Manifest.Input
	cell := max(in.Width, in.Height) * 5 / 3 // pixels
	img := gocv.NewMatWithSizeFromScalar(gocv.NewScalar(gray, gray, gray, 0), mosaicRows*cell, mosaicColumns*cell, gocv.MatTypeCV8UC3)
	defer img.Close()
	boxes := make([]frame.Box, len(faces))
	pixels := make([]byte, in.Size())
	for k, g := range faces {
		at := image.Pt(k%mosaicColumns*cell+(cell-in.Width)/2, k/mosaicColumns*cell+(cell-in.Height)/2)
		m.Pack.GoldenInput(g, pixels)
		if err := lay(img, pixels, image.Rectangle{Min: at, Max: at.Add(image.Pt(in.Width, in.Height))}, in.Color); err != nil {
			return 0, 0, err
		}
		boxes[k] = frame.Box{X0: float32(at.X), Y0: float32(at.Y), X1: float32(at.X + in.Width), Y1: float32(at.Y + in.Height)}
	}
	seen, err := m.Finder.Detect(img, nil)
	if err != nil {
		return 0, 0, err
	}
	used := make([]bool, len(seen))
	for _, box := range boxes {
		for i := range seen {
			if !used[i] && seen[i].Box.IoU(box) >= foundIoU {
				used[i] = true
				found++
				break
			}
		}
	}
	return found, len(seen) - found, nil
}

// lay copies pixels, whose order is rgb or bgr, into the rectangle of a BGR picture.
func lay(img gocv.Mat, pixels []byte, at image.Rectangle, order string) error {
	all, err := img.DataPtrUint8()
	if err != nil {
		return err
	}
	red, blue := 0, 2
	if order == "bgr" {
		red, blue = blue, red
	}
	width := img.Cols()
	for y := range at.Dy() {
		for x := range at.Dx() {
			from, to := 3*(y*at.Dx()+x), 3*((at.Min.Y+y)*width+at.Min.X+x)
			all[to], all[to+1], all[to+2] = pixels[from+blue], pixels[from+1], pixels[from+red]
		}
	}
	return nil
}

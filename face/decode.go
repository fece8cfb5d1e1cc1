package face

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/frame"
)

const (
	cell          = 4    // pixels of the input to a cell of the maps
	maxCandidates = 2000 // more come only from pictures made to slow the detector down
)

// Planes of the net's output, each height/4 x width/4 cells.
const (
	planeScore     = 0 // 0 to 1: a face has its center here
	planeHeight    = 1 // natural logarithm of the box's height in cells
	planeWidth     = 2
	planeOffsetY   = 3 // of the center in the cell, in cells
	planeOffsetX   = 4
	planeLandmarks = 5 // five times y, x in shares of the box from its upper left corner
	planes         = 15
)

// maps is the net's output for one picture.
type maps struct {
	data       []float32
	cols, rows int
}

func newMaps(out gocv.Mat, cols, rows int) (maps, error) {
	data, err := out.DataPtrFloat32()
	if err != nil {
		return maps{}, err
	}
	if want := planes * cols * rows; len(data) != want {
		return maps{}, fmt.Errorf("the net gave %d numbers for %dx%d cells: want %d", len(data), cols, rows, want)
	}
	return maps{data, cols, rows}, nil
}

func (m maps) at(plane, cell int) float32 { return m.data[plane*m.cols*m.rows+cell] }

// decode appends one face, in the pixels of the net's input, for each cell that scores above minScore.
func (m maps) decode(dst []frame.Face, minScore float32) []frame.Face {
	for i, score := range m.data[:m.cols*m.rows] {
		if score > minScore { // false for NaN
			dst = append(dst, m.face(i, score))
		}
	}
	return dst
}

func (m maps) face(i int, score float32) frame.Face {
	w := cell * float32(math.Exp(float64(m.at(planeWidth, i))))
	h := cell * float32(math.Exp(float64(m.at(planeHeight, i))))
	cx := cell * (float32(i%m.cols) + m.at(planeOffsetX, i) + 0.5)
	cy := cell * (float32(i/m.cols) + m.at(planeOffsetY, i) + 0.5)
	f := frame.Face{Box: frame.Box{X0: cx - w/2, Y0: cy - h/2, X1: cx + w/2, Y1: cy + h/2}, Score: score}
	for k := range f.Landmarks {
		f.Landmarks[k] = frame.Point{
			X: f.Box.X0 + w*m.at(planeLandmarks+2*k+1, i),
			Y: f.Box.Y0 + h*m.at(planeLandmarks+2*k, i),
		}
	}
	return f
}

// suppress keeps the best of the faces that overlap by minIoU or more, in place, best first.
func suppress(faces []frame.Face, minIoU float32) []frame.Face {
	slices.SortFunc(faces, func(a, b frame.Face) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Box.X0, b.Box.X0), cmp.Compare(a.Box.Y0, b.Box.Y0))
	})
	faces = faces[:min(len(faces), maxCandidates)]
	kept := faces[:0]
	for _, f := range faces {
		if !slices.ContainsFunc(kept, func(k frame.Face) bool { return k.Box.IoU(f.Box) >= minIoU }) {
			kept = append(kept, f)
		}
	}
	return kept
}

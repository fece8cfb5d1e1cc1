package overlay

import (
	"image"

	"gocv.io/x/gocv"
)

// sign is the shape that shows a label without color: strokes through points in a square of 0 to 100.
type sign [][]image.Point

func tick() sign  { return sign{{{5, 55}, {38, 88}, {95, 14}}} }
func cross() sign { return sign{{{10, 10}, {90, 90}}, {{90, 10}, {10, 90}}} }

func exclamation() sign { return sign{{{50, 4}, {50, 60}}, {{50, 92}, {50, 94}}} }

func question() sign {
	return sign{
		{{22, 26}, {30, 10}, {50, 3}, {70, 10}, {78, 27}, {70, 42}, {50, 54}, {50, 66}},
		{{50, 92}, {50, 94}},
	}
}

// draw paints the sign into the square.
func (s sign) draw(img *gocv.Mat, square image.Rectangle, st style, thickness int) {
	at := func(p image.Point) image.Point {
		return square.Min.Add(image.Pt((p.X*square.Dx()+50)/100, (p.Y*square.Dy()+50)/100))
	}
	for _, stroke := range s {
		for i := 1; i < len(stroke); i++ {
			gocv.Line(img, at(stroke[i-1]), at(stroke[i]), st.ink, thickness)
		}
	}
}

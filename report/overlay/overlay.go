// Package overlay draws faces, and what was decided about them, onto a picture.
package overlay

import (
	"image"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/frame"
)

// Draw paints a box and a tag for every face onto img, a BGR picture of 8 bits. A tag shows the label by its color, by
// a sign (tick, exclamation mark, cross, question mark) and by its text: "P7 incorrect 87% 12 votes", with the
// probability of the shown label in this frame and the frames that have voted. A face that could not be classified says why.
//
// Lines and text follow the picture's shorter side, from 240 to 2160 pixels. A tag is shortened where the whole of it has
// no room, and never leaves the picture. A picture that is empty or not BGR is left as it is.
func Draw(img *gocv.Mat, faces []frame.Face) { DrawScaled(img, faces, 1) }

// DrawScaled is Draw with everything that many times as large, for a picture that is shown smaller than it is.
func DrawScaled(img *gocv.Mat, faces []frame.Face, scale float64) {
	if len(faces) == 0 || img.Empty() || img.Type() != gocv.MatTypeCV8UC3 {
		return
	}
	bounds := image.Rect(0, 0, img.Cols(), img.Rows())
	pen := newPen(bounds, scale)
	var boxesOf, tagsOf [16]image.Rectangle // room on the stack for the usual number of people
	boxes, tags := boxesOf[:0], tagsOf[:0]
	for i := range faces {
		boxes = append(boxes, pixels(faces[i].Box, bounds))
		pen.box(img, boxes[i], styleOf(faces[i].Label))
	}
	for i := range faces {
		t := pen.place(texts(&faces[i]), boxes, i, bounds, tags)
		pen.tag(img, t, styleOf(faces[i].Label))
		tags = append(tags, t.area)
	}
}

// pixels rounds a box to whole pixels inside the picture, one pixel at least; what is not a number counts as 0.
func pixels(b frame.Box, bounds image.Rectangle) image.Rectangle {
	x0, y0 := within(b.X0, bounds.Max.X-1), within(b.Y0, bounds.Max.Y-1)
	x1, y1 := within(b.X1, bounds.Max.X), within(b.Y1, bounds.Max.Y)
	return image.Rect(x0, y0, max(x1, x0+1), max(y1, y0+1))
}

func within(v float32, limit int) int {
	switch {
	case v >= float32(limit):
		return limit
	case v > 0:
		return int(v + 0.5)
	default:
		return 0
	}
}

package overlay

import (
	"image"
	"math"
	"slices"

	"gocv.io/x/gocv"
)

const font = gocv.FontHersheySimplex

// capHeight is the height of a capital letter of the font at scale 1, in pixels.
const capHeight = 21.0

// pen holds the sizes, in pixels, that suit a picture.
type pen struct {
	line    int // of a box
	stroke  int // of text and sign
	height  int // of a capital letter, and of the sign
	padding int // around text and sign in a tag
	scale   float64
}

// tag is one label's place in the picture.
type tag struct {
	area image.Rectangle
	text string
}

func newPen(bounds image.Rectangle, scale float64) pen {
	short := float64(min(bounds.Dx(), bounds.Dy()))
	height := scale * max(9, short/42)
	return pen{
		line:    int(math.Round(scale * max(1, short/300))),
		stroke:  int(math.Round(max(1, height/8))),
		height:  int(math.Round(height)),
		padding: int(math.Round(max(3, height/2.5))),
		scale:   height / capHeight,
	}
}

// box paints a rectangle with a dark edge on both sides.
func (p pen) box(img *gocv.Mat, r image.Rectangle, st style) {
	gocv.Rectangle(img, r, shadow(), p.line+2*max(1, p.line/2))
	gocv.Rectangle(img, r, st.fill, p.line)
}

// size returns the width and height of a tag with the text.
func (p pen) size(text string) image.Point {
	size := image.Pt(p.height+2*p.padding, p.height+2*p.padding)
	if text != "" {
		size.X += p.padding + p.stroke + gocv.GetTextSize(text, font, p.scale, p.stroke).X
	}
	return size
}

// place finds room for the tag of boxes[i]: above, below or within its box, with the longest text that covers neither
// another face nor another tag; where there is none, with one that covers no other tag.
func (p pen) place(texts [4]string, boxes []image.Rectangle, i int, bounds image.Rectangle, taken []image.Rectangle) tag {
	box := boxes[i]
	for _, spare := range [...]bool{true, false} {
		for _, text := range texts {
			for _, area := range areas(p.size(text), box, bounds) {
				if !area.In(bounds) || overlaps(area, taken) {
					continue
				}
				if !spare || !overlaps(area, boxes[:i]) && !overlaps(area, boxes[i+1:]) {
					return tag{area, text}
				}
			}
		}
	}
	// No room free of other tags: the sign alone, in the corner of the box.
	size := p.size("")
	at := image.Pt(clamp(box.Min.X, bounds.Max.X-size.X), clamp(box.Min.Y, bounds.Max.Y-size.Y))
	return tag{image.Rectangle{at, at.Add(size)}, ""}
}

// areas returns where a tag may stand: above, below, at the top and at the bottom within; flush left, then flush right.
func areas(size image.Point, box, bounds image.Rectangle) [8]image.Rectangle {
	var all [8]image.Rectangle
	for i, y := range [...]int{box.Min.Y - size.Y, box.Max.Y, box.Min.Y, box.Max.Y - size.Y} {
		for j, x := range [...]int{box.Min.X, box.Max.X - size.X} {
			at := image.Pt(clamp(x, bounds.Max.X-size.X), y)
			all[2*i+j] = image.Rectangle{at, at.Add(size)}
		}
	}
	return all
}

func clamp(v, limit int) int { return max(0, min(v, limit)) }

func overlaps(r image.Rectangle, others []image.Rectangle) bool {
	return slices.ContainsFunc(others, r.Overlaps)
}

// tag paints the sign and the text on a plate of the label's color.
func (p pen) tag(img *gocv.Mat, t tag, st style) {
	gocv.Rectangle(img, t.area, shadow(), 2)
	gocv.Rectangle(img, t.area, st.fill, -1)
	square := image.Rect(0, 0, p.height, p.height).Add(t.area.Min).Add(image.Pt(p.padding, p.padding))
	st.sign.draw(img, square, st, p.stroke+p.height/12)
	base := image.Pt(square.Max.X+p.padding+p.stroke, square.Max.Y)
	gocv.PutTextWithParams(img, t.text, base, font, p.scale, st.ink, p.stroke, gocv.LineAA, false)
}

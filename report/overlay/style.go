package overlay

import (
	"image/color"

	"github.com/maskwarden/maskwarden/frame"
)

// style is how one label looks: the color of its box and tag, and of the ink on the tag.
type style struct {
	fill, ink color.RGBA
	sign      sign
}

// styleOf returns the look of a label. Ink on fill has a contrast of 4.5 or more (WCAG 2.2, 1.4.3), and the fills differ
// in lightness as well as in hue.
func styleOf(l frame.Label) style {
	black, white := color.RGBA{R: 10, G: 14, B: 18, A: 255}, color.RGBA{R: 255, G: 255, B: 255, A: 255}
	switch l {
	case frame.Correct:
		return style{color.RGBA{R: 52, G: 199, B: 116, A: 255}, black, tick()}
	case frame.Incorrect:
		return style{color.RGBA{R: 255, G: 190, B: 46, A: 255}, black, exclamation()}
	case frame.None:
		return style{color.RGBA{R: 205, G: 32, B: 36, A: 255}, white, cross()}
	default:
		return style{color.RGBA{R: 190, G: 198, B: 208, A: 255}, black, question()}
	}
}

// shadow surrounds colored lines so that they stand out from any picture.
func shadow() color.RGBA { return color.RGBA{R: 10, G: 14, B: 18, A: 255} }

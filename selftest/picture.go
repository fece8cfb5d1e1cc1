package selftest

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
)

// Picture is one picture of a report.
type Picture struct {
	Check   string `json:"check"`
	Caption string `json:"caption"`
	SHA256  string `json:"sha256"` // of PNG, 64 lower-case hex digits
	PNG     []byte `json:"png,omitempty"`
}

// NewPicture encodes width x height pixels of three bytes, whose order is rgb or bgr; the caption says what they show.
func NewPicture(caption string, pixels []byte, width, height int, order string) (Picture, error) {
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	red, blue := 0, 2
	if order == "bgr" {
		red, blue = blue, red
	}
	for i := range width * height {
		img.Pix[4*i], img.Pix[4*i+1], img.Pix[4*i+2], img.Pix[4*i+3] = pixels[3*i+red], pixels[3*i+1], pixels[3*i+blue], 0xff
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return Picture{}, fmt.Errorf("picture: %w", err)
	}
	return Picture{Caption: caption, PNG: b.Bytes()}, nil
}

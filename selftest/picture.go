package selftest

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
)

// NewPicture is a picture of width x height pixels of three bytes, whose order is rgb or bgr, and what it shows.
func NewPicture(caption string, pixels []byte, width, height int, order string) (Picture, error) {
	data, err := encode(pixels, width, height, order)
	return Picture{Caption: caption, PNG: data}, err
}

// encode makes a PNG of width x height pixels of three bytes, whose order is rgb or bgr.
func encode(pixels []byte, width, height int, order string) ([]byte, error) {
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
		return nil, fmt.Errorf("picture: %w", err)
	}
	return b.Bytes(), nil
}

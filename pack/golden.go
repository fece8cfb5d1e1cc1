package pack

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"slices"
)

// GoldenInput fills picture with the bytes of a known-answer seed: the upper byte of each state of xorshift32
// (Marsaglia, "Xorshift RNGs", 2003), started at seed*2654435761 mod 2^32, or at 1 where that is 0.
func GoldenInput(seed uint32, picture []byte) {
	x := seed * 2654435761
	if x == 0 {
		x = 1
	}
	for i := range picture {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		picture[i] = byte(x >> 24)
	}
}

// GoldenInput fills pixels, Manifest.Input.Size bytes, with the picture of golden[i].
func (p *Pack) GoldenInput(i int, pixels []byte) {
	if g := p.Manifest.Golden[i]; g.Seed != nil {
		GoldenInput(*g.Seed, pixels)
	} else {
		copy(pixels, p.pictures[g.File])
	}
}

func (m *Manifest) checkGolden() error {
	if n := len(m.Golden); n < 1 || n > 64 {
		return fmt.Errorf("golden: %d known answers, want 1 to 64: without one the model cannot be tested before use", n)
	}
	for i, g := range m.Golden {
		at := fmt.Sprintf("golden[%d]", i)
		if (g.Seed == nil) == (g.File == "") || (g.File == "") != (g.Label == "") {
			return fmt.Errorf("%s: want either a seed, or a file and its label", at)
		}
		if err := m.checkLogits(at+".logits", g.Logits); err != nil {
			return err
		}
		if err := m.checkDim(i); err != nil {
			return err
		}
		if g.File == "" {
			continue
		}
		if err := m.listed(at+".file", g.File); err != nil {
			return err
		}
		if !slices.Contains(m.Classes, g.Label) {
			return fmt.Errorf("%s.label: %q, want one of %q", at, g.Label, m.Classes)
		}
		for _, kind := range m.kinds() {
			if got := m.Classes[best(g.Logits[kind])]; got != g.Label {
				return fmt.Errorf("%s.logits.%s: the largest is that of %s, want that of its label, %s", at, kind, got, g.Label)
			}
		}
	}
	return nil
}

// best is the place of the largest of the logits.
func best(logits []float64) int { return slices.Index(logits, slices.Max(logits)) }

// picture decodes a PNG of the input's size and channels into the bytes that a classifier takes.
func picture(data []byte, in Input) ([]byte, error) {
	const way = "make the golden pictures again"
	head, err := png.DecodeConfig(bytes.NewReader(data)) // read first: a small file may be a huge picture
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, way)
	}
	if head.Width != in.Width || head.Height != in.Height {
		return nil, fmt.Errorf("%dx%d pixels, want %dx%d: %s", head.Width, head.Height, in.Width, in.Height, way)
	}
	return decode(data, in.Color, way)
}

// decode decodes a PNG into bytes in the order of color.
func decode(data []byte, color, way string) ([]byte, error) {
	decoded, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, way)
	}
	switch img := decoded.(type) {
	case *image.Gray:
		if color == "gray" {
			return img.Pix, nil
		}
	case *image.RGBA: // a PNG of RGB without alpha
		if color != "gray" {
			return interleave(img, color == "bgr"), nil
		}
	}
	return nil, errors.New("want 8 bits a channel and no alpha, gray if input.color is gray, else RGB: " + way)
}

// interleave takes the pixels' red, green and blue, or with swap blue, green and red.
func interleave(img *image.RGBA, swap bool) []byte {
	pixels := make([]byte, 0, len(img.Pix)/4*3)
	for c := range slices.Chunk(img.Pix, 4) {
		if swap {
			c[0], c[2] = c[2], c[0]
		}
		pixels = append(pixels, c[:3]...)
	}
	return pixels
}

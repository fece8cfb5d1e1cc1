package defense

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"
)

// ramp is a patch whose pixels all differ.
func ramp(side int) sticker {
	s := sticker{make([]byte, 3*side*side), side}
	for i := range s.pixels {
		s.pixels[i] = byte(i)
	}
	return s
}

func TestPasteUpright(t *testing.T) {
	const width, height, side = 12, 10, 4
	face := bytes.Repeat([]byte{200}, 3*width*height)
	s := ramp(side)
	s.paste(face, width, height, pose{x: 5, y: 6, scale: 1, light: 1}) // columns 3 to 6, rows 4 to 7
	for y := range height {
		for x := range width {
			for k := range 3 {
				want := byte(200)
				if x >= 3 && x < 7 && y >= 4 && y < 8 {
					want = s.pixels[3*((y-4)*side+x-3)+k]
				}
				if got := face[3*(y*width+x)+k]; got != want {
					t.Fatalf("pixel %d, %d, channel %d is %d, want %d", x, y, k, got, want)
				}
			}
		}
	}
}

func TestPasteTurned(t *testing.T) {
	const size, side = 9, 3
	face := make([]byte, 3*size*size)
	s := ramp(side)
	s.paste(face, size, size, pose{x: 4.5, y: 4.5, angle: math.Pi / 2, scale: 1, light: 1})
	for y := range side { // a quarter turn brings row y to column 2-y
		for x := range side {
			if got, want := face[3*((3+x)*size+3+side-1-y)], s.pixels[3*(y*side+x)]; got != want {
				t.Errorf("pixel %d, %d of the patch became %d, want %d", x, y, got, want)
			}
		}
	}
}

func TestPasteBright(t *testing.T) {
	face := make([]byte, 3*8*8)
	sticker{bytes.Repeat([]byte{220}, 12), 2}.paste(face, 8, 8, pose{x: 4, y: 4, scale: 2, light: 1.2})
	n := 0
	for _, v := range face {
		if v != 0 && v != 255 {
			t.Fatalf("pixel %d, want 0 or 255", v)
		}
		if v == 255 {
			n++
		}
	}
	if n != 3*16 {
		t.Errorf("%d bytes are covered, want 48", n)
	}
}

// TestDraw shows that a patch always lies wholly on the face, in the promised ranges.
func TestDraw(t *testing.T) {
	draw := rand.New(rand.NewPCG(1, 2))
	s := ramp(21)
	for range 10_000 {
		p := s.draw(draw, 96, 96)
		half := p.scale * 21 / 2 * (math.Abs(math.Cos(p.angle)) + math.Abs(math.Sin(p.angle)))
		if p.x-half < -1e-9 || p.y-half < -1e-9 || p.x+half > 96+1e-9 || p.y+half > 96+1e-9 {
			t.Fatalf("%+v leaves the face", p)
		}
		if math.Abs(p.angle) > turn || p.scale < shrink || p.scale > grow || p.light < dim || p.light > bright {
			t.Fatalf("%+v is out of its ranges", p)
		}
	}
}

func TestAllowed(t *testing.T) {
	for _, c := range []struct {
		made      float64
		n         int
		tolerance float64
		want      float64
	}{
		{0, 64, 0.05, 0.05},
		{0.5, 100, 0.1, 0.75},
		{0.01, 64, 0.05, 0.0973},
		{0.9, 4, 0.1, 1},
	} {
		if got := allowed(c.made, c.n, c.tolerance); math.Abs(got-c.want) > 1e-4 {
			t.Errorf("allowed(%v, %d, %v) is %.4f, want %.4f", c.made, c.n, c.tolerance, got, c.want)
		}
	}
}

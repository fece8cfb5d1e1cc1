package face_test

import (
	"math"
	"testing"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/face"
	"github.com/maskwarden/maskwarden/frame"
)

// TestGateAtItsLimits holds the gate's figures to their definitions, on both sides of each limit.
func TestGateAtItsLimits(t *testing.T) {
	const side = 32 // nothing is shrunk
	value := func(x, y int) float64 { return float64((37*x + 91*y + 13*x*y) % 200) }
	img := newMat(t, side, side, gocv.MatTypeCV8UC3)
	var gray, edges []float64
	for y := range side {
		for x := range side {
			for c := range 3 {
				img.SetUCharAt(y, 3*x+c, uint8(value(x, y)))
			}
			gray = append(gray, value(x, y))
			if x > 0 && y > 0 && x < side-1 && y < side-1 {
				edges = append(edges, value(x-1, y)+value(x+1, y)+value(x, y-1)+value(x, y+1)-4*value(x, y))
			}
		}
	}
	brightness, contrast, sharpness := 0.0, math.Sqrt(variance(gray)), variance(edges)/variance(gray)
	for _, v := range gray {
		brightness += v / float64(len(gray))
	}
	// The nose 0.75 of the way from the left to the right eye: half an eye's half distance off the middle.
	f := frame.Face{Box: frame.Box{X1: side, Y1: side}, Landmarks: [5]frame.Point{{X: 8, Y: 10}, {X: 24, Y: 10}, {X: 20, Y: 18}}}
	const yaw = 0.5
	for _, c := range []struct {
		name string
		gate face.Gate
		want frame.Quality
	}{
		{"all within", face.Gate{
			MinSize: side, MinBrightness: brightness * (1 - 1e-9), MinContrast: contrast * (1 - 1e-9), MinSharpness: sharpness * (1 - 1e-9), MaxYaw: yaw,
		}, frame.Good},
		{"a little too small", face.Gate{MinSize: math.Nextafter32(side, 99)}, frame.TooSmall},
		{"a little too dark", face.Gate{MinBrightness: brightness * (1 + 1e-9)}, frame.TooDark},
		{"a little too flat", face.Gate{MinContrast: contrast * (1 + 1e-9)}, frame.TooDark},
		{"dark comes before blurred", face.Gate{MinBrightness: 255, MinSharpness: 99}, frame.TooDark},
		{"a little too blurred", face.Gate{MinSharpness: sharpness * (1 + 1e-9)}, frame.Blurred},
		{"turned a little too far", face.Gate{MaxYaw: math.Nextafter32(yaw, 0)}, frame.TurnedAway},
	} {
		g := c.gate
		if err := g.Initialize(); err != nil {
			t.Fatal(err)
		}
		if got := g.Grade(img, &f); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
		g.Close()
	}
	g := face.Gate{MinSize: 1, MinSharpness: 1e-9}
	if err := g.Initialize(); err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	for _, box := range []frame.Box{{X1: 2, Y1: side}, {X1: side, Y1: 2}} { // there is no inner pixel
		f.Box = box
		if got := g.Grade(img, &f); got != frame.Blurred {
			t.Errorf("%v: %v, want blurred", box, got)
		}
	}
}

func variance(values []float64) float64 {
	sum, squares := 0.0, 0.0
	for _, v := range values {
		sum, squares = sum+v, squares+v*v
	}
	n := float64(len(values))
	return squares/n - sum/n*(sum/n)
}

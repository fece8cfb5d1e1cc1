package scene

import (
	"image"
	"image/color"

	"gocv.io/x/gocv"
)

// margin is how far the camera can move over the backdrop, in pixels to each side.
func margin(height int) int { return max(4, height/36) }

// newBackdrop draws a hospital corridor a little out of focus, BGR, larger than the picture by its margins.
func newBackdrop(width, height int) gocv.Mat {
	w, h := width+2*margin(height), height+2*margin(height)
	m := gocv.NewMatWithSize(h, w, gocv.MatTypeCV8UC3)
	pixels, err := m.DataPtrUint8()
	if err != nil {
		return m // a fresh Mat is continuous
	}
	for i := range w * h { // the wall: lighter at the top left, where the light comes from
		x, y := float64(i%w)/float64(w), float64(i/w)/float64(h)
		light := 1.03 - 0.16*x - 0.17*y
		pixels[i*3], pixels[i*3+1], pixels[i*3+2] = byte(196*light), byte(206*light), byte(204*light)
	}
	fill := func(c color.RGBA, corners ...float64) {
		pts := make([]image.Point, len(corners)/2)
		for i := range pts {
			pts[i] = image.Pt(int(corners[2*i]*float64(w)), int(corners[2*i+1]*float64(h)))
		}
		v := gocv.NewPointsVectorFromPoints([][]image.Point{pts})
		defer v.Close()
		gocv.FillPoly(&m, v, c)
	}
	rect := func(c color.RGBA, x0, y0, x1, y1 float64) { fill(c, x0, y0, x1, y0, x1, y1, x0, y1) }
	gray := func(v uint8) color.RGBA { return color.RGBA{v, v, v, 255} }

	fill(gray(226), 0, 0, 1, 0, 0.64, 0.17, 0.36, 0.17)                                  // ceiling
	fill(color.RGBA{176, 184, 186, 255}, 0.36, 0.17, 0.64, 0.17, 0.64, 0.73, 0.36, 0.73) // far end
	fill(color.RGBA{150, 154, 156, 255}, 0.36, 0.73, 0.64, 0.73, 1, 1, 0, 1)             // floor
	fill(color.RGBA{172, 176, 178, 255}, 0.46, 0.73, 0.55, 0.73, 0.68, 1, 0.36, 1)       // its shine
	fill(gray(252), 0.44, 0.03, 0.56, 0.03, 0.54, 0.08, 0.46, 0.08)                      // lamps
	fill(gray(248), 0.465, 0.11, 0.535, 0.11, 0.528, 0.135, 0.472, 0.135)
	rect(color.RGBA{124, 150, 166, 255}, 0.42, 0.27, 0.497, 0.73) // swing doors with their windows
	rect(color.RGBA{124, 150, 166, 255}, 0.503, 0.27, 0.58, 0.73)
	rect(color.RGBA{214, 226, 230, 255}, 0.445, 0.33, 0.475, 0.47)
	rect(color.RGBA{214, 226, 230, 255}, 0.525, 0.33, 0.555, 0.47)
	fill(color.RGBA{150, 126, 104, 255}, 0.80, 0.20, 0.93, 0.12, 0.93, 0.95, 0.80, 0.85) // a room's door
	fill(color.RGBA{168, 146, 122, 255}, 0.82, 0.25, 0.91, 0.20, 0.91, 0.88, 0.82, 0.80)
	fill(color.RGBA{96, 140, 128, 255}, 0, 0.72, 0.36, 0.60, 0.36, 0.625, 0, 0.77) // handrails
	fill(color.RGBA{96, 140, 128, 255}, 0.64, 0.60, 0.80, 0.655, 0.80, 0.69, 0.64, 0.625)
	fill(color.RGBA{232, 234, 232, 255}, 0.10, 0.22, 0.22, 0.25, 0.22, 0.47, 0.10, 0.48) // notice board
	fill(color.RGBA{96, 132, 178, 255}, 0.12, 0.26, 0.16, 0.27, 0.16, 0.35, 0.12, 0.35)
	fill(color.RGBA{188, 120, 92, 255}, 0.17, 0.36, 0.205, 0.36, 0.205, 0.43, 0.17, 0.43)
	sigma := float64(height) / 200
	gocv.GaussianBlur(m, &m, image.Point{}, sigma, sigma, gocv.BorderReplicate)
	return m
}

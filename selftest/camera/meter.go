package camera

import (
	"hash/maphash"
	"image"
	"math"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/selftest"
)

// meterWidth is how many pixels wide pictures are measured, so that the same limits hold for every camera.
const meterWidth = 320

// Cells of a picture in which structure is looked for, and the least deviation of the gray values that counts as such.
const (
	cellColumns, cellRows = 8, 6
	structure             = 3.0
)

// sample is what was measured on one picture.
type sample struct {
	brightness float64 // mean gray value, 0 to 255
	sharpness  float64 // variance of the Laplacian (Pech-Pacheco et al. 2000) over that of the gray values
	flat       float64 // share of the cells without structure
}

// meter measures pictures.
type meter struct {
	gray, small gocv.Mat
	shown       gocv.Mat   // the last picture for the report, shrunk
	squares     []gocv.Mat // pictures to be turned
	seed        maphash.Seed
	last        uint64 // hash of the picture before
	sum         [thumbWidth * thumbHeight]float64
	count       int
}

// measure returns whether a picture, BGR, 8 bits, differs from the one before, and its sample.
func (m *meter) measure(img gocv.Mat) (changed bool, s sample, err error) {
	pixels, err := img.DataPtrUint8()
	if err != nil {
		return false, s, err
	}
	hash := maphash.Bytes(m.seed, pixels)
	changed, m.last = hash != m.last, hash
	gocv.CvtColor(img, &m.gray, gocv.ColorBGRToGray)
	height := max(cellRows, img.Rows()*meterWidth/img.Cols())
	gocv.Resize(m.gray, &m.small, image.Pt(meterWidth, height), 0, 0, gocv.InterpolationArea)
	gray, err := m.small.DataPtrUint8()
	if err != nil {
		return false, s, err
	}
	m.add(gray, meterWidth, height)
	return changed, sampleOf(gray, meterWidth, height), nil
}

// sampleOf measures gray values of width x height.
func sampleOf(gray []byte, width, height int) sample {
	var all, laplacian moments
	var cells [cellColumns * cellRows]moments
	for y := range height {
		for x := range width {
			v := float64(gray[y*width+x])
			all.add(v)
			cells[y*cellRows/height*cellColumns+x*cellColumns/width].add(v)
			if x > 0 && y > 0 && x < width-1 && y < height-1 {
				i := y*width + x
				laplacian.add(float64(gray[i-1]) + float64(gray[i+1]) + float64(gray[i-width]) + float64(gray[i+width]) - 4*v)
			}
		}
	}
	flat := 0
	for _, c := range cells {
		if math.Sqrt(c.variance()) < structure {
			flat++
		}
	}
	return sample{all.mean(), laplacian.variance() / max(1, all.variance()), float64(flat) / float64(len(cells))}
}

// moments of some numbers.
type moments struct{ n, sum, squares float64 }

func (m *moments) add(v float64)    { m.n++; m.sum += v; m.squares += v * v }
func (m moments) mean() float64     { return m.sum / max(1, m.n) }
func (m moments) variance() float64 { return max(0, m.squares/max(1, m.n)-m.mean()*m.mean()) }

// shownWidth is how many pixels wide a picture stands in the report.
const shownWidth = 480

// show keeps a picture for the report, in place of the one before.
func (m *meter) show(img gocv.Mat) {
	gocv.Resize(img, &m.shown, image.Pt(shownWidth, max(1, img.Rows()*shownWidth/img.Cols())), 0, 0, gocv.InterpolationArea)
}

// picture is the one that was kept.
func (m *meter) picture(caption string) (*selftest.Picture, error) {
	pixels, err := m.shown.DataPtrUint8()
	if err != nil {
		return nil, err
	}
	p, err := selftest.NewPicture(caption, pixels, m.shown.Cols(), m.shown.Rows(), "bgr")
	return &p, err
}

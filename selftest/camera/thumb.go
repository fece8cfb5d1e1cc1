package camera

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"math"
	"os"
	"syscall"

	"github.com/maskwarden/maskwarden/atomicfile"
)

// A thumb is a picture so small that nobody can be recognized in it: gray, 48 x 27 pixels, the mean of all that was seen.
const thumbWidth, thumbHeight = 48, 27

type thumb [thumbWidth * thumbHeight]byte

// add adds gray values of width x height to the mean.
func (m *meter) add(gray []byte, width, height int) {
	var cells [thumbWidth * thumbHeight]moments
	for y := range height {
		for x := range width {
			cells[y*thumbHeight/height*thumbWidth+x*thumbWidth/width].add(float64(gray[y*width+x]))
		}
	}
	for i := range cells {
		m.sum[i] += cells[i].mean()
	}
	m.count++
}

func (m *meter) thumb() (t thumb) {
	for i := range t {
		t[i] = byte(m.sum[i] / float64(max(1, m.count)))
	}
	return t
}

// How far, in pixels of the thumb, two views may be shifted to be laid upon each other: a shaking mast is not a turned camera.
const shiftX, shiftY = 4, 3

// likeness is the largest correlation (Pearson's) of two thumbs over all small shifts, -1 to 1; 0 where one has no structure.
func (t *thumb) likeness(o *thumb) float64 {
	best := -1.0
	for dy := -shiftY; dy <= shiftY; dy++ {
		for dx := -shiftX; dx <= shiftX; dx++ {
			best = max(best, t.correlation(o, dx, dy))
		}
	}
	return best
}

func (t *thumb) correlation(o *thumb, dx, dy int) float64 {
	var a, b moments
	product := 0.0
	for y := max(0, -dy); y < min(thumbHeight, thumbHeight-dy); y++ {
		for x := max(0, -dx); x < min(thumbWidth, thumbWidth-dx); x++ {
			p, q := float64(t[y*thumbWidth+x]), float64(o[(y+dy)*thumbWidth+x+dx])
			a.add(p)
			b.add(q)
			product += p * q
		}
	}
	deviations := math.Sqrt(a.variance() * b.variance())
	if deviations < 1 {
		return 0
	}
	return (product/a.n - a.mean()*b.mean()) / deviations
}

func (t *thumb) write(path string) error {
	img := &image.Gray{Pix: t[:], Stride: thumbWidth, Rect: image.Rect(0, 0, thumbWidth, thumbHeight)}
	var data bytes.Buffer
	if err := png.Encode(&data, img); err != nil {
		return err
	}
	if err := atomicfile.Write(path, data.Bytes(), 0o600); err != nil {
		return fmt.Errorf("remember the view: %w", err)
	}
	return nil
}

func readThumb(path string) (t thumb, err error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0) // root follows no link that the daemon's user made
	if err != nil {
		return t, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	img, err := png.Decode(f)
	if err != nil {
		return t, fmt.Errorf("%s: %w", path, err)
	}
	gray, ok := img.(*image.Gray)
	if !ok || len(gray.Pix) != len(t) {
		return t, errors.New(path + ": no view of this release")
	}
	return thumb(gray.Pix), nil
}

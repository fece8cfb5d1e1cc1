package scene

import (
	"image"
	"math"
	"math/rand/v2"

	"gocv.io/x/gocv"
)

const (
	grain  = 3.2 // standard deviation of the noise, in steps of 255
	shifts = 64  // the noise is read at shifts x shifts different places
)

// sensor turns what stands before the camera into its picture: light, then noise.
type sensor struct {
	seed          uint64
	size          image.Point
	curve         gocv.Mat // 256 BGR values: what the light makes of each
	bright, dark  gocv.Mat // the noise above and below 0, larger than the picture
	lit           gocv.Mat
	exposurePhase float64
	colorPhase    float64
}

func newSensor(seed uint64, width, height int) (*sensor, error) {
	s := &sensor{
		seed: seed, size: image.Pt(width, height),
		curve:         gocv.NewMatWithSize(1, 256, gocv.MatTypeCV8UC3),
		bright:        gocv.NewMatWithSize(height+shifts, width+shifts, gocv.MatTypeCV8UC3),
		dark:          gocv.NewMatWithSize(height+shifts, width+shifts, gocv.MatTypeCV8UC3),
		lit:           gocv.NewMat(),
		exposurePhase: uniform(0, 2*math.Pi, seed, 12),
		colorPhase:    uniform(0, 2*math.Pi, seed, 13),
	}
	bright, err := s.bright.DataPtrUint8()
	if err != nil {
		s.close()
		return nil, err
	}
	dark, err := s.dark.DataPtrUint8()
	if err != nil {
		s.close()
		return nil, err
	}
	random := rand.New(rand.NewPCG(seed, 1))
	for i := range bright {
		v := math.Round(random.NormFloat64() * grain)
		bright[i], dark[i] = uint8(max(0, v)), uint8(max(0, -v))
	}
	return s, nil
}

func (s *sensor) close() {
	for _, m := range []*gocv.Mat{&s.curve, &s.bright, &s.dark, &s.lit} {
		_ = m.Close()
	}
}

// gains returns what the light does to blue, green and red t seconds into the scene: it drifts between bright and dim
// and between warm and cold, and now and then a lamp goes out for a while.
func (s *sensor) gains(t float64) [3]float64 {
	exposure := 0.98 + 0.11*math.Sin(2*math.Pi*t/17+s.exposurePhase)
	const spell = 5.0 // seconds
	n := uint64(t / spell)
	on := func(n uint64) float64 {
		if hash(s.seed, n, 14)%4 == 0 {
			return 0.78
		}
		return 1
	}
	lamp := on(n)
	if n > 0 {
		lamp = on(n-1) + (lamp-on(n-1))*min(1, (t-float64(n)*spell)/0.4)
	}
	warm := 0.06 * math.Sin(2*math.Pi*t/23+s.colorPhase)
	return [3]float64{exposure * lamp * (1 - warm), exposure * lamp, exposure * lamp * (1 + warm)}
}

// expose writes the picture of the canvas, both BGR, for frame n at t seconds.
func (s *sensor) expose(canvas gocv.Mat, n uint64, t float64, picture *gocv.Mat) error {
	curve, err := s.curve.DataPtrUint8()
	if err != nil {
		return err
	}
	gains := s.gains(t)
	for i := range 256 {
		for c, g := range gains {
			v := float64(i) * g
			if v > 215 { // a sensor's shoulder: lights saturate softly
				v = 255 - 40*math.Exp((215-v)/40)
			}
			curve[i*3+c] = uint8(v + 0.5)
		}
	}
	gocv.LUT(canvas, s.curve, &s.lit)
	k := (n*2654435761 + s.seed) % (shifts * shifts) // an odd factor: no place comes again before all have been
	at := image.Pt(int(k%shifts), int(k/shifts))
	part := image.Rectangle{Min: at, Max: at.Add(s.size)}
	bright, dark := s.bright.Region(part), s.dark.Region(part)
	gocv.Add(s.lit, bright, &s.lit)
	gocv.Subtract(s.lit, dark, picture)
	_ = bright.Close()
	return dark.Close()
}

package defense

import (
	"errors"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/pack"
)

// squeezer classifies simplified forms of a picture, as training does when it sets the threshold: fewer bits a channel, and a median.
// Unlike a masked view, the picture that they are compared with is not smoothed: the threshold was set so.
type squeezer struct {
	*pack.Squeezing

	smoothed int // window of the classifier's own smoother: its answer to that form is there already
	table    [256]byte
	levels   []byte // the picture with fewer bits, as levels
	plain    int    // place in the batch of the picture itself, not smoothed; or own
	forms    [2]int // places of its squeezed forms, or own
	median   Smoother
	buffer   gocv.Mat
}

// own stands for the answer to the smoothed picture, which is known already, in place of a place in the batch.
const own = -1

func (s *squeezer) initialize(settings *pack.Squeezing, smoothed, size int) error {
	s.median.Window = settings.Window
	if err := s.median.Initialize(); err != nil {
		return err
	}
	for v := range s.table {
		// v*top/255 rounded to the nearest; there are no halves, as 255 is odd.
		s.table[v] = byte((2*v*s.top(settings) + 255) / 510)
	}
	s.Squeezing, s.smoothed = settings, smoothed
	s.levels, s.buffer = make([]byte, size), gocv.NewMat()
	return nil
}

// top is the highest level of a channel.
func (*squeezer) top(settings *pack.Squeezing) int { return 1<<settings.Bits - 1 }

func (s *squeezer) ready() bool { return s.Squeezing != nil }

// fill puts the picture and its forms into the batch from place n on, but for what is classified already, and returns
// the number of places now in use.
func (s *squeezer) fill(to Classifier, crop gocv.Mat, n int) (int, error) {
	pixels, err := crop.DataPtrUint8()
	if err != nil {
		return n, err
	}
	s.plain = own
	if s.smoothed != 1 {
		if err := to.Fill(n, pixels); err != nil {
			return n, err
		}
		s.plain = n
		n++
	}
	for i, v := range pixels {
		s.levels[i] = s.table[v]
	}
	if err := to.FillLevels(n, s.levels, s.top(s.Squeezing)); err != nil {
		return n, err
	}
	s.forms = [2]int{n, own}
	n++
	if s.smoothed == s.Window {
		return n, nil
	}
	if err := s.median.Apply(crop, &s.buffer); err != nil {
		return n, err
	}
	if pixels, err = s.buffer.DataPtrUint8(); err != nil {
		return n, err
	}
	s.forms[1] = n
	return n + 1, to.Fill(n, pixels)
}

// distance is the largest L1 distance, 0 to 2, between the probabilities of the picture and of its forms. known are the
// probabilities of the smoothed picture.
func (s *squeezer) distance(from Classifier, known frame.Probabilities) (largest float32) {
	at := func(place int) frame.Probabilities {
		if place == own {
			return known
		}
		return from.Probabilities(place)
	}
	for _, place := range s.forms {
		largest = max(largest, apart(at(s.plain), at(place)))
	}
	return largest
}

func apart(a, b frame.Probabilities) (sum float32) {
	for i := range a {
		sum += max(a[i]-b[i], b[i]-a[i])
	}
	return sum
}

func (s *squeezer) close() error {
	if !s.ready() {
		return nil
	}
	s.Squeezing = nil
	return errors.Join(s.median.Close(), s.buffer.Close())
}

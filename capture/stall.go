package capture

import (
	"errors"
	"fmt"
	"hash/maphash"
	"time"
)

// blackest is the highest value in a picture without light or signal. A sensor's noise goes above it.
const blackest = 2

var errNoPixels = errors.New("empty picture")

// stallDetector notices a live source that still gives pictures, but always the same one, byte for byte, or a black one.
type stallDetector struct {
	timeout time.Duration

	seed  maphash.Seed
	last  uint64
	alive time.Time // of the last picture that differed from the one before it and was not black
	black bool      // the last one was
}

// check returns an error once every picture was the same, or black, for longer than the timeout.
func (d *stallDetector) check(pixels []byte, now time.Time) error {
	if len(pixels) == 0 {
		return errNoPixels
	}
	if d.alive.IsZero() {
		d.seed = maphash.MakeSeed()
		d.alive = now
	}
	sum := maphash.Bytes(d.seed, pixels)
	d.black = isBlack(pixels)
	if sum != d.last && !d.black {
		d.alive = now
	}
	d.last = sum
	switch {
	case now.Sub(d.alive) <= d.timeout:
		return nil
	case d.black:
		return fmt.Errorf("black for %v: is the lens covered, or the sensor's cable loose?", d.timeout)
	default:
		return fmt.Errorf("frozen: the same picture for %v", d.timeout)
	}
}

func isBlack(pixels []byte) bool {
	for _, v := range pixels {
		if v > blackest {
			return false
		}
	}
	return true
}

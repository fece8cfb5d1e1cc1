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

// pulse notices a live source that still gives pictures, but always the same one, byte for byte, or a black one.
type pulse struct {
	timeout time.Duration

	seed  maphash.Seed
	last  uint64
	alive time.Time // when a picture last differed from the one before it and was not black
	black bool      // the last one was
}

// check returns an error once no living picture came for longer than the timeout.
func (p *pulse) check(pixels []byte, now time.Time) error {
	if len(pixels) == 0 {
		return errNoPixels
	}
	if p.alive.IsZero() {
		p.seed = maphash.MakeSeed()
		p.alive = now
	}
	sum := maphash.Bytes(p.seed, pixels)
	p.black = isBlack(pixels)
	if sum != p.last && !p.black {
		p.alive = now
	}
	p.last = sum
	switch {
	case now.Sub(p.alive) <= p.timeout:
		return nil
	case p.black:
		return fmt.Errorf("black for %v: is the lens covered, or the sensor's cable loose?", p.timeout)
	default:
		return fmt.Errorf("frozen: the same picture for %v", p.timeout)
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

package decode

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

const (
	headerSize = 32
	magic      = 0x3144574d // "MWD1"
	maxText    = 1 << 12
)

// Kinds of answers; native.h gives the same numbers.
const (
	answerInfo = iota + 1
	answerPicture
	answerDamaged
	answerEnd
	answerError
)

// header stands before each answer, in little-endian: pixels (BGR, row by row) or text follow.
type header struct {
	kind          uint32
	width, height uint32
	length        uint32
	fps           float64       // in thousandths
	count         uint32        // pictures of a file
	took          time.Duration // of decoding, in microseconds
}

func (h *header) put(b []byte) {
	for i, v := range [...]uint32{magic, h.kind, h.width, h.height, h.length, uint32(h.fps*1000 + 0.5), h.count, uint32(h.took.Microseconds())} {
		binary.LittleEndian.PutUint32(b[4*i:], v)
	}
}

var errProtocol = errors.New("the decoder's process gives answers that nobody can read")

// parse reads a header, and trusts none of it.
func (h *header) parse(b []byte) error {
	word := func(i int) uint32 { return binary.LittleEndian.Uint32(b[4*i:]) }
	*h = header{word(1), word(2), word(3), word(4), float64(word(5)) / 1000, word(6), time.Duration(word(7)) * time.Microsecond}
	pixels := uint64(h.width) * uint64(h.height)
	switch {
	case word(0) != magic, h.kind < answerInfo, h.kind > answerError:
		return errProtocol
	case h.kind != answerPicture && h.length > maxText:
		return errProtocol
	case h.kind == answerPicture && (pixels == 0 || pixels > MaxPixels || uint64(h.length) != 3*pixels):
		return fmt.Errorf("%w: %d x %d pixels in %d bytes", errProtocol, h.width, h.height, h.length)
	}
	return nil
}

// CheckSize refuses what is too large to be decoded.
func CheckSize(width, height int) error {
	if pixels := float64(width) * float64(height); pixels > MaxPixels {
		return fmt.Errorf("%d x %d is %.1f megapixels: the limit is %d; scale it down", width, height, pixels/1e6, MaxPixels/1_000_000)
	}
	return nil
}

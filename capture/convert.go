package capture

import (
	"fmt"

	"gocv.io/x/gocv"
)

// toBGR makes m a BGR picture of 8 bits; scratch is kept between calls.
func toBGR(m, scratch *gocv.Mat) error {
	t := m.Type()
	switch {
	case m.Empty():
		return errNoPixels
	case t == gocv.MatTypeCV8UC3 && m.IsContinuous():
		return nil
	}
	const depthMask = 7
	switch t & depthMask {
	case gocv.MatTypeCV8U:
	case gocv.MatTypeCV16U:
		m.ConvertToWithParams(scratch, gocv.MatTypeCV8U, 255.0/65535, 0)
		*m, *scratch = *scratch, *m
	default:
		return fmt.Errorf("pictures of type %d: want 8 or 16 bits without sign a channel", t)
	}
	switch n := m.Channels(); n {
	case 1:
		gocv.CvtColor(*m, scratch, gocv.ColorGrayToBGR)
	case 3:
		m.CopyTo(scratch)
	case 4:
		gocv.CvtColor(*m, scratch, gocv.ColorBGRAToBGR)
	default:
		return fmt.Errorf("pictures of %d channels: want 1, 3 or 4", n)
	}
	*m, *scratch = *scratch, *m
	return nil
}

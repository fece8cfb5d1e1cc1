package evaluate

import (
	"errors"
	"fmt"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/capture/decode"
)

// errNoPicture is why a file is skipped, or refused where every picture counts.
var errNoPicture = errors.New("not a picture")

// withPicture reads a picture for use; errors name the file.
func withPicture(file string, use func(img gocv.Mat) error) error {
	img, err := readPicture(file)
	if err == nil {
		err = use(img)
	}
	_ = img.Close()
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

// readPicture reads a whole picture of a size that can be held: of others OpenCV makes up pixels, or ends the process.
func readPicture(file string) (gocv.Mat, error) {
	if err := decode.CheckStill(file); err != nil {
		return gocv.NewMat(), fmt.Errorf("%w: %w", errNoPicture, err)
	}
	img := gocv.IMRead(file, gocv.IMReadColor)
	if img.Empty() {
		return img, errNoPicture
	}
	return img, nil
}

package evaluate

import (
	"errors"
	"fmt"

	"gocv.io/x/gocv"
)

// errNoPicture is why a file is skipped, or refused where every picture counts.
var errNoPicture = errors.New("not a picture")

// withPicture reads a picture for use; errors name the file.
func withPicture(file string, use func(img gocv.Mat) error) error {
	img := gocv.IMRead(file, gocv.IMReadColor)
	defer img.Close()
	err := errNoPicture
	if !img.Empty() {
		err = use(img)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

package evaluate

import (
	"errors"
	"fmt"
	"os"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/capture/decode"
)

// errNoPicture is why a file is skipped, or refused where every picture counts.
var errNoPicture = errors.New("not a picture")

// reader reads pictures of every kind that classify reads, in a process of its own: a decoder that fails ends no evaluation.
type reader struct{ stills decode.Stills }

// with reads a picture for use; errors name the file.
func (r *reader) with(file string, use func(img gocv.Mat) error) error {
	img, err := r.read(file)
	if err == nil {
		err = use(img)
	}
	_ = img.Close() // gocv's Close never fails
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

// read reads a whole picture of a size that can be held.
func (r *reader) read(file string) (gocv.Mat, error) {
	img := gocv.NewMat()
	if _, err := os.Stat(file); err == nil && !decode.BeginsLikeStill(file) {
		return img, errNoPicture
	}
	if err := r.stills.Read(file, &img); err != nil {
		return img, fmt.Errorf("%w: %w", errNoPicture, err)
	}
	return img, nil
}

func (r *reader) close() { _ = r.stills.Close() } // what it has read is there

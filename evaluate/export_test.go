package evaluate

import "gocv.io/x/gocv"

// Unfit reads a picture as the evaluations do.
func Unfit(path string) (gocv.Mat, error) {
	var r reader
	defer r.close()
	return r.read(path)
}

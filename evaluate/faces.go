// Package evaluate measures accuracy on labeled pictures.
package evaluate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/capture/decode"
	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/pipeline"
)

// Faces is how well a model classifies crops of faces; stable, scripts read it.
type Faces struct {
	Images    int                       `json:"images"`
	Skipped   []string                  `json:"skipped"`   // files that could not be read, and why
	Confusion map[string]map[string]int `json:"confusion"` // truth, then answer
	Accuracy  float64                   `json:"accuracy"`
	Balanced  float64                   `json:"balanced_accuracy"` // mean recall of the classes that have images
	Recall    map[string]float64        `json:"recall"`
	Model     string                    `json:"model"`
}

// RunFaces classifies the pictures below dir/correct, dir/incorrect and dir/none. Each picture is one face, cut like
// the crops the model was trained on.
func RunFaces(ctx context.Context, p *pipeline.Pipeline, dir string) (*Faces, error) {
	r := &Faces{Skipped: []string{}, Confusion: map[string]map[string]int{}, Recall: map[string]float64{}, Model: p.Engine.Pack.ID()}
	var in reader
	defer in.close()
	right := 0
	for i := range frame.NumClasses {
		label := frame.Class(i)
		row := map[string]int{}
		for k := range frame.NumClasses {
			row[frame.Class(k).String()] = 0
		}
		files, err := pictures(filepath.Join(dir, label.String()))
		if err != nil {
			return nil, err
		}
		n := 0
		for _, file := range files {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			var probs frame.Probabilities
			err := in.with(file, func(img gocv.Mat) (err error) {
				probs, err = p.ClassifyFace(img)
				return err
			})
			switch {
			case errors.Is(err, errNoPicture):
				r.Skipped = append(r.Skipped, err.Error())
				continue
			case err != nil:
				return nil, err
			}
			best, _ := probs.Best()
			row[best.String()]++
			n++
		}
		r.Confusion[label.String()] = row
		r.Images += n
		right += row[label.String()]
		if n > 0 {
			r.Recall[label.String()] = float64(row[label.String()]) / float64(n)
		}
	}
	if r.Images == 0 {
		return nil, fmt.Errorf("%s: no pictures: want folders correct, incorrect and none with face crops", dir)
	}
	r.Accuracy = float64(right) / float64(r.Images)
	for _, v := range r.Recall {
		r.Balanced += v / float64(len(r.Recall))
	}
	return r, nil
}

func pictures(dir string) (files []string, err error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		file := filepath.Join(dir, e.Name())
		switch strings.ToLower(filepath.Ext(e.Name())) {
		case ".jpg", ".jpeg", ".png", ".bmp", ".webp": // what is none is reported
			files = append(files, file)
		default:
			if e.Type().IsRegular() && decode.BeginsLikeStill(file) {
				files = append(files, file)
			}
		}
	}
	return files, nil
}

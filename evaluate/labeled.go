package evaluate

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/attack/suite"
	"github.com/maskwarden/maskwarden/frame"
)

// Selection says which faces of a folder are read.
type Selection struct {
	Dir    string        // with folders called as labels
	Labels []frame.Label // read
	Limit  int           // faces of each label, chosen at random; 0: all
	Seed   uint64

	// Crop returns the pixels of a picture that is one face, as a classifier takes them before the smoothing.
	Crop func(img gocv.Mat) ([]byte, error)
}

// Read reads the faces. skipped are the files that hold no picture, and why.
func (s *Selection) Read(ctx context.Context) (faces *suite.Faces, skipped []string, err error) {
	if _, err := os.ReadDir(s.Dir); err != nil {
		return nil, nil, err
	}
	faces, skipped = &suite.Faces{}, []string{}
	var in reader
	defer in.close()
	for _, label := range s.Labels {
		files, err := pictures(filepath.Join(s.Dir, label.String()))
		if err != nil {
			return nil, nil, err
		}
		random := rand.New(rand.NewPCG(s.Seed, uint64(label)))
		random.Shuffle(len(files), func(i, k int) { files[i], files[k] = files[k], files[i] })
		for _, file := range files {
			if s.Limit > 0 && faces.Count(label) == s.Limit {
				break
			}
			pixels, err := s.crop(ctx, &in, file)
			switch {
			case errors.Is(err, errNoPicture):
				skipped = append(skipped, err.Error())
			case err != nil:
				return nil, nil, err
			default:
				faces.Pixels, faces.Labels = append(faces.Pixels, pixels), append(faces.Labels, label)
			}
		}
	}
	switch {
	case len(faces.Labels) > 0:
		return faces, skipped, nil
	case len(s.Labels) == 1:
		return nil, nil, fmt.Errorf("%s: no pictures of %s: want a folder %[2]s with face crops", s.Dir, s.Labels[0])
	}
	return nil, nil, fmt.Errorf("%s: no pictures: want folders correct, incorrect and none with face crops", s.Dir)
}

func (s *Selection) crop(ctx context.Context, in *reader, file string) (pixels []byte, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	err = in.with(file, func(img gocv.Mat) (err error) {
		pixels, err = s.Crop(img)
		return err
	})
	return pixels, err
}

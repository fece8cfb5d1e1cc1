package capture

import (
	"context"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // headers of JPEG files
	_ "image/png"  // headers of PNG files
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/frame"
)

// maxPixels is the size of picture that is still decoded: 40 megapixels take 120 MB.
const maxPixels = 40_000_000

// pictures gives picture files in order. It is one of a camera's inputs: what cannot be read is skipped from then on.
type pictures struct {
	paths  []string
	single bool // an unreadable picture is an error, not skipped
	logger *slog.Logger
	next   int
}

func (c *Camera) pictureInput(path string) (opener, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, errors.Unwrap(err)
	}
	if err := errors.Join(checkHeader(f), f.Close()); err != nil {
		return nil, err
	}
	return c.picturesInput(&pictures{paths: []string{path}, single: true}), nil
}

func (c *Camera) folderInput(dir string) (opener, error) {
	entries, err := os.ReadDir(dir) // sorted by name
	if err != nil {
		return nil, errors.Unwrap(err)
	}
	var paths []string
	for _, e := range entries {
		switch strings.ToLower(filepath.Ext(e.Name())) {
		case ".jpg", ".jpeg", ".png":
			paths = append(paths, filepath.Join(dir, e.Name()))
		}
	}
	if len(paths) == 0 {
		return nil, errors.New("the folder holds no pictures: want files that end in .jpg, .jpeg or .png")
	}
	return c.picturesInput(&pictures{paths: paths, logger: c.Logger.With("camera", c.Name)}), nil
}

func (c *Camera) picturesInput(p *pictures) opener {
	fps := float64(defaultPictureFPS)
	if c.FPS > 0 {
		fps = c.FPS
	}
	return func(context.Context) (Source, float64, error) {
		p.next = 0
		return p, fps, nil
	}
}

// Read implements Source.
func (p *pictures) Read(f *frame.Frame) error {
	for p.next < len(p.paths) {
		path := p.paths[p.next]
		err := readPicture(path, &f.Image)
		if err == nil {
			p.next++
			return nil
		}
		if p.single {
			return err
		}
		p.logger.Warn("picture skipped", "file", path, "error", err)
		p.paths = slices.Delete(p.paths, p.next, p.next+1)
	}
	if len(p.paths) == 0 {
		return errors.New("not one of the folder's pictures can be read")
	}
	return io.EOF
}

// Close implements Source.
func (p *pictures) Close() error { return nil }

func readPicture(path string, m *gocv.Mat) (err error) {
	f, err := os.Open(path)
	if err != nil {
		return errors.Unwrap(err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := checkHeader(f); err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	data, err := io.ReadAll(f)
	if err != nil {
		return err
	}
	return decodePicture(data, m)
}

// checkHeader refuses a picture before its pixels can take the memory.
func checkHeader(r io.Reader) error {
	c, _, err := image.DecodeConfig(r)
	if err != nil {
		return fmt.Errorf("damaged picture: %w", err)
	}
	return checkSize(c.Width, c.Height)
}

func checkSize(width, height int) error {
	if pixels := float64(width) * float64(height); pixels > maxPixels {
		return fmt.Errorf("%d x %d is %.1f megapixels: the limit is %d; scale it down", width, height, pixels/1e6, maxPixels/1_000_000)
	}
	return nil
}

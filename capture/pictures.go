package capture

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/maskwarden/maskwarden/capture/decode"
	"github.com/maskwarden/maskwarden/frame"
)

var errNoPictures = errors.New("not one of the folder's pictures can be read")

// pictures gives picture files in order. It is one of a camera's inputs: what cannot be read is skipped from then on.
type pictures struct {
	paths  []string
	single bool // an unreadable picture is an error, not skipped
	stills *decode.Stills
	shared bool // others read with stills, too
	logger *slog.Logger
	next   int
}

func (c *Camera) folderInput(dir string) (opener, error) {
	entries, err := os.ReadDir(dir) // sorted by name
	if err != nil {
		return nil, errors.Unwrap(err)
	}
	var paths []string
	for _, e := range entries {
		if path := filepath.Join(dir, e.Name()); isFile(path) && (namesPicture(path) || decode.BeginsLikeStill(path)) {
			paths = append(paths, path)
		}
	}
	if len(paths) == 0 {
		return nil, errors.New("the folder holds no pictures: want JPEG, PNG, TIFF, WebP, BMP or AVIF files")
	}
	return c.picturesInput(&pictures{paths: paths, logger: c.Logger.With("camera", c.Name)}), nil
}

// isFile reports whether a path leads to a file, by links or not.
func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// namesPicture reports whether a file is named like a picture: one that holds none is logged.
func namesPicture(path string) bool {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".jpg", ".jpeg", ".png":
		return true
	}
	return false
}

func (c *Camera) picturesInput(p *pictures) opener {
	p.stills, p.shared = c.Stills, true
	if p.stills == nil {
		p.stills, p.shared = &decode.Stills{}, false
	}
	fps := float64(defaultPictureFPS)
	if c.FPS > 0 {
		fps = c.FPS
	}
	return func(context.Context) (Source, float64, error) {
		if len(p.paths) == 0 { // of a folder: what lies there now is looked for at the next opening
			return nil, 0, errNoPictures
		}
		p.next = 0
		return p, fps, nil
	}
}

// Read implements Source.
func (p *pictures) Read(f *frame.Frame) error {
	for p.next < len(p.paths) {
		path := p.paths[p.next]
		err := p.stills.Read(path, &f.Image)
		if err == nil {
			p.next++
			return nil
		}
		if p.single {
			return errors.New(err.Error()) // not one of a stream, of which the next may be whole
		}
		p.logger.Warn("picture skipped", "file", path, "error", err)
		p.paths = slices.Delete(p.paths, p.next, p.next+1)
	}
	if len(p.paths) == 0 {
		return errNoPictures
	}
	return io.EOF
}

// Close implements Source.
func (p *pictures) Close() error {
	if p.shared {
		return nil
	}
	return p.stills.Close()
}

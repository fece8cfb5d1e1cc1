package capture

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/maskwarden/maskwarden/capture/decode"
)

const (
	defaultPictureFPS = 5  // folders of pictures have no speed of their own
	defaultVideoFPS   = 25 // of video files that declare none
)

// finiteInput is fileInput. With Retry, what is wrong with the file is an error of its opening, and is looked for again at each.
func (c *Camera) finiteInput(path string) (opener, error) {
	open, err := c.fileInput(path)
	if !c.Retry || path == "" {
		return open, err
	}
	return func(ctx context.Context) (Source, float64, error) {
		if open == nil {
			if open, err = c.fileInput(path); err != nil {
				return nil, 0, err
			}
		}
		src, fps, err := open(ctx)
		if err != nil {
			open = nil // the file may be gone, or be another one
		}
		return src, fps, err
	}, nil
}

// fileInput finds out what kind of file lies at path, and that it can be opened.
func (c *Camera) fileInput(path string) (opener, error) {
	if path == "" {
		return nil, errors.New("no path: want file:///absolute/path or file://relative/path")
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, errors.New("no such file or folder")
	case err != nil:
		return nil, errors.Unwrap(err)
	case info.IsDir():
		return c.folderInput(path)
	case !info.Mode().IsRegular():
		return nil, errors.New("neither a file nor a folder: devices are named as v4l2:///dev/video0")
	case info.Size() == 0:
		return nil, errors.New("the file is empty (0 bytes)")
	}
	kind, err := sniff(path)
	switch {
	case err != nil:
		return nil, err
	case strings.HasPrefix(kind, "text/"):
		return nil, errors.New("the file holds text: want a video or a picture")
	}
	still, err := decode.IsStill(path)
	switch {
	case err != nil:
		return nil, err
	case still:
		if err := decode.CheckStill(path); err != nil {
			return nil, err
		}
		return c.picturesInput(&pictures{paths: []string{path}, single: true}), nil
	}
	return c.videoInput(path)
}

// sniff returns the type of a file from its first bytes, as in the MIME Sniffing standard.
func sniff(path string) (kind string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", errors.Unwrap(err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	head := make([]byte, 512)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return "", err
	}
	return http.DetectContentType(head[:n]), nil
}

// videoInput opens the video at once, to find out whether it can be, and keeps it open for the first that reads.
func (c *Camera) videoInput(path string) (opener, error) {
	open := func(ctx context.Context) (*video, error) {
		s, err := decode.OpenFile(ctx, path)
		if err != nil {
			return nil, fmt.Errorf("not a video that FFmpeg can read, or a damaged one: %w", err)
		}
		if s.FPS == 0 {
			s.FPS = defaultVideoFPS
		}
		return &video{stream: s, logger: c.Logger.With("camera", c.Name, "file", path)}, nil
	}
	first, err := open(c.ctx)
	if err != nil {
		return nil, err
	}
	c.keep(first)
	return func(ctx context.Context) (Source, float64, error) {
		v, err := c.kept(), error(nil)
		if v == nil {
			v, err = open(ctx)
		}
		if err != nil {
			return nil, 0, err
		}
		return v, v.stream.FPS, nil
	}, nil
}

func (c *Camera) keep(v *video) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.first = v
}

// kept returns the video that was opened first, once.
func (c *Camera) kept() *video {
	c.mu.Lock()
	defer c.mu.Unlock()
	v := c.first
	c.first = nil
	return v
}

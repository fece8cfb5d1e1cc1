package capture

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

const schemes = "want v4l2:///dev/video0, csi://0, rtsp://, rtsps://, http://, https://, file:// (a video, a picture or a folder of pictures), a path or synthetic://"

// opener opens a source, again at each call, and returns the pictures a second it declares, 0 if none. It may block.
type opener func(ctx context.Context) (Source, float64, error)

// input is what a URI names.
type input struct {
	name string // the URI without its password
	live bool   // has no end and is reconnected
	open opener
}

// parse checks the camera's URI and, for files, what lies there.
func (c *Camera) parse() (input, error) {
	in := input{name: Redact(c.URI), live: true}
	scheme, rest, isURI := strings.Cut(c.URI, "://")
	var err error
	switch {
	case c.URI == "":
		err = errors.New("no source given: " + schemes)
		return in, err
	case !isURI, scheme == "file":
		in.live = false
		in.open, err = c.finiteInput(Path(c.URI))
	case scheme == "v4l2":
		in.open, err = c.v4l2Input(rest)
	case scheme == "csi":
		in.open, err = c.csiInput(rest)
	case scheme == "rtsp", scheme == "rtsps", scheme == "http", scheme == "https":
		in.open, err = c.networkInput()
	case scheme == "synthetic":
		in.open, err = c.syntheticInput()
	default:
		err = fmt.Errorf("unknown scheme %q: %s", scheme, schemes)
	}
	if err != nil {
		return in, fmt.Errorf("%s: %w", in.name, err)
	}
	return in, nil
}

// Path is where the file or folder lies that a source names; what is no file has none.
func Path(source string) string {
	scheme, rest, isURI := strings.Cut(source, "://")
	switch {
	case !isURI:
		return source
	case scheme == "file":
		return unescape(rest)
	}
	return ""
}

// unescape decodes %20 and the like in a file URI; a path with a plain % stays as it is.
func unescape(path string) string {
	if p, err := url.PathUnescape(path); err == nil {
		return p
	}
	return path
}

func (c *Camera) syntheticInput() (opener, error) {
	if c.Synthetic == nil {
		return nil, errors.New("synthetic sources are not available here")
	}
	u, err := url.Parse(c.URI)
	if err != nil {
		return nil, err
	}
	return func(context.Context) (Source, float64, error) {
		src, err := c.Synthetic(u)
		return src, 0, err
	}, nil
}

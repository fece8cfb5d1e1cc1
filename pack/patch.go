package pack

import (
	"bytes"
	"errors"
	"fmt"
	"image/png"
	"path/filepath"
)

// PatchPixels reads patches[i]: side x side pixels of three bytes in the order of input.color. The file must still have the hash that the
// manifest says.
func (p *Pack) PatchPixels(i int) (pixels []byte, side int, err error) {
	name := p.Manifest.Patches[i].File
	f, err := openFolder(p.Dir)
	if err != nil {
		return nil, 0, err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	data, err := f.read(name, p.Manifest.Files[name], true)
	if err != nil {
		return nil, 0, err
	}
	if pixels, side, err = patch(data, p.Manifest.Input); err != nil {
		return nil, 0, fmt.Errorf("%s: patches[%d].file: %s: %w", filepath.Join(p.Dir, ManifestName), i, f.path(name), err)
	}
	return pixels, side, nil
}

// patch decodes a square PNG that is smaller than the input.
func patch(data []byte, in Input) (pixels []byte, side int, err error) {
	const way = "make the patches again"
	head, err := png.DecodeConfig(bytes.NewReader(data)) // read first: a small file may be a huge picture
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %s", err, way)
	}
	if head.Width != head.Height || head.Width >= min(in.Width, in.Height) {
		return nil, 0, fmt.Errorf("%dx%d pixels, want a square smaller than %dx%d: %s", head.Width, head.Height, in.Width, in.Height, way)
	}
	pixels, err = decode(data, in.Color, way)
	return pixels, head.Width, err
}

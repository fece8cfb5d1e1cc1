package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/alecthomas/kong"
	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/capture"
	"github.com/maskwarden/maskwarden/capture/decode"
	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/pipeline"
	"github.com/maskwarden/maskwarden/report/overlay"
)

type classifyCmd struct {
	engineFlags
	Files    []path `arg:"" sep:"none" help:"Pictures or videos."`
	Annotate path   `placeholder:"OUT.jpg" help:"Write the picture (of a video: its last frame) with boxes and labels; needs a single FILE."`
	Rotate   int    `enum:"0,90,180,270" default:"0" placeholder:"DEGREES" help:"Turn each picture clockwise first: 90, 180 or 270 degrees."`
	Flip     string `enum:"none,horizontal,vertical" default:"none" placeholder:"WAY" help:"Then mirror it: horizontal or vertical."`
	JSON     bool   `help:"Print JSON, one line a file."`
}

// path is the name of a file as it stands in the command line, also where its bytes are no UTF-8: kong's own strings lose those.
type path string

// Decode implements kong.MapperValue.
func (p *path) Decode(ctx *kong.DecodeContext) error {
	token, err := ctx.Scan.PopValue("file")
	if err != nil {
		return err
	}
	text, ok := token.Value.(string)
	if !ok {
		return fmt.Errorf("want the name of a file (got %v)", token.Value)
	}
	*p = path(text)
	return nil
}

func (c *classifyCmd) Run(ctx context.Context, stdout io.Writer, logger *slog.Logger) (err error) {
	if c.Annotate != "" && len(c.Files) != 1 {
		return fail(exitUsage, "name a single FILE with --annotate", fmt.Errorf("--annotate writes one picture, but %d files were named", len(c.Files)))
	}
	if err := c.checkAnnotate(); err != nil {
		return fail(exitUsage, "name another path with --annotate", err)
	}
	var stills decode.Stills
	defer func() { err = errors.Join(err, stills.Close()) }()
	p, closeAll, err := c.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeAll()) }()
	var errs []error
	for _, file := range c.Files {
		r, err := c.file(ctx, p, string(file), &stills, logger)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			r.Error = err.Error()
			errs = append(errs, err)
		}
		if err := c.print(stdout, r); err != nil {
			return err
		}
	}
	return fail(exitNoInput, "", errors.Join(errs...))
}

func (c *classifyCmd) file(ctx context.Context, p *pipeline.Pipeline, file string, stills *decode.Stills, logger *slog.Logger) (*classified, error) {
	r := &classified{File: file, Faces: []face{}, Model: p.Engine.Pack.ID()}
	var pool frame.Pool
	defer pool.Close()
	source := &capture.Camera{
		Name: filepath.Base(file), URI: file, Lossless: true, Pool: &pool, Stills: stills, Logger: logger,
		Rotate: c.Rotate, Flip: config.Flip(c.Flip).Mirror(),
	}
	if err := source.Initialize(); err != nil {
		return r, err
	}
	defer source.Close()
	p.Restart()
	var last *frame.Frame
	defer func() {
		if last != nil {
			last.Release()
		}
	}()
	for f := range source.Frames() { // each is judged when it is known whether another follows
		if last != nil {
			err := r.frame(p, last, false)
			last.Release()
			if err != nil {
				last = f
				return r, err
			}
		}
		last = f
		if ctx.Err() != nil {
			return r, ctx.Err()
		}
	}
	if err := source.Err(); err != nil {
		return r, err
	}
	if n := source.Stats().Damaged; n > 0 {
		logger.Warn("damaged pictures were not judged", "file", file, "pictures", n)
	}
	if last == nil {
		return r, fmt.Errorf("%s: no picture in it", file)
	}
	if err := r.frame(p, last, r.Frames == 0); err != nil { // a single one has no votes, also where a video or a folder holds it
		return r, err
	}
	r.last(last)
	if c.Annotate == "" {
		return r, nil
	}
	overlay.Draw(&last.Image, last.Faces)
	if !gocv.IMWrite(string(c.Annotate), last.Image) {
		return r, fmt.Errorf("--annotate: cannot write %s: want a path that ends in .jpg or .png, in a folder that can be written", c.Annotate)
	}
	return r, nil
}

func (r *classified) frame(p *pipeline.Pipeline, f *frame.Frame, still bool) error {
	if r.Frames++; r.Frames == 1 {
		r.start = f.Time
	}
	if still {
		return p.Classify(f)
	}
	made, err := p.Process(f)
	for i := range made {
		r.decided(f, &made[i])
	}
	return err
}

// checkAnnotate refuses to write over the input, and kinds of files at which OpenCV would end the process.
func (c *classifyCmd) checkAnnotate() error {
	if c.Annotate == "" {
		return nil
	}
	switch strings.ToLower(filepath.Ext(string(c.Annotate))) {
	case ".jpg", ".jpeg", ".png":
	default:
		return fmt.Errorf("--annotate: %s: want a path that ends in .jpg or .png", c.Annotate)
	}
	to, err := os.Stat(string(c.Annotate))
	if err != nil {
		return nil //nolint:nilerr // nothing is there to write over, or writing tells why it cannot
	}
	if !to.Mode().IsRegular() {
		return fmt.Errorf("--annotate: %s is there, and no file", c.Annotate)
	}
	from, err := os.Stat(capture.Path(string(c.Files[0])))
	if err != nil {
		return nil //nolint:nilerr // reading tells why it cannot
	}
	if os.SameFile(from, to) {
		return fmt.Errorf("--annotate: %s is the picture that is read", c.Annotate)
	}
	if !from.IsDir() {
		return nil
	}
	entries, err := os.ReadDir(capture.Path(string(c.Files[0])))
	for _, e := range entries {
		if picture, err := os.Stat(filepath.Join(capture.Path(string(c.Files[0])), e.Name())); err == nil && os.SameFile(picture, to) {
			return fmt.Errorf("--annotate: %s is in the folder that is read", c.Annotate)
		}
	}
	return err
}

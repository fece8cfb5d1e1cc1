package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/capture"
	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/pipeline"
	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/report/overlay"
)

type classifyCmd struct {
	engineFlags
	Files    []string `arg:"" help:"Pictures or videos."`
	Annotate string   `placeholder:"OUT.jpg" help:"Write the picture (of a video: its last frame) with boxes and labels; needs a single FILE."`
	JSON     bool     `help:"Print JSON, one line a file."`
}

// classified is what was found in one file; stable, scripts read it.
type classified struct {
	File      string          `json:"file"`
	Error     string          `json:"error,omitempty"`
	Width     int             `json:"width"`
	Height    int             `json:"height"`
	Frames    int             `json:"frames"`
	Faces     []face          `json:"faces"`               // of the last frame
	Decisions []videoDecision `json:"decisions,omitempty"` // of a video: what the votes over its frames say
	Model     string          `json:"model"`

	start time.Time
}

type face struct {
	Box           [4]int               `json:"box"`
	Score         float64              `json:"score"`
	Label         string               `json:"label"`
	Quality       string               `json:"quality"`
	Probabilities report.Probabilities `json:"probabilities"`
}

type videoDecision struct {
	Seconds float64 `json:"seconds"` // since the first frame, in the source's own time
	Track   uint64  `json:"track"`
	Label   string  `json:"label"`
	Reason  string  `json:"reason,omitempty"`
	Alarm   string  `json:"alarm,omitempty"` // attack or probing: told beside the decision
}

func (c *classifyCmd) Run(ctx context.Context, stdout io.Writer, logger *slog.Logger) (err error) {
	if c.Annotate != "" && len(c.Files) != 1 {
		return fail(exitUsage, "name a single FILE with --annotate", fmt.Errorf("--annotate writes one picture, but %d files were named", len(c.Files)))
	}
	p, closeAll, err := c.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeAll()) }()
	var errs []error
	for _, file := range c.Files {
		r, err := c.file(ctx, p, file, logger)
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

func (c *classifyCmd) file(ctx context.Context, p *pipeline.Pipeline, file string, logger *slog.Logger) (*classified, error) {
	r := &classified{File: file, Faces: []face{}, Model: p.Engine.Pack.ID()}
	var pool frame.Pool
	defer pool.Close()
	source := &capture.Camera{Name: filepath.Base(file), URI: file, Lossless: true, Pool: &pool, Logger: logger}
	if err := source.Initialize(); err != nil {
		return r, err
	}
	defer source.Close()
	p.Restart()
	still := isPicture(file)
	var last *frame.Frame
	defer func() {
		if last != nil {
			last.Release()
		}
	}()
	for f := range source.Frames() {
		if last != nil {
			last.Release()
		}
		last = f
		if ctx.Err() != nil {
			return r, ctx.Err()
		}
		if err := r.frame(p, f, still); err != nil {
			return r, err
		}
	}
	if err := source.Err(); err != nil {
		return r, err
	}
	if last == nil {
		return r, fmt.Errorf("%s: no picture in it", file)
	}
	r.last(last)
	if c.Annotate == "" {
		return r, nil
	}
	overlay.Draw(&last.Image, last.Faces)
	if !gocv.IMWrite(c.Annotate, last.Image) {
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
		d := &made[i]
		r.Decisions = append(r.Decisions, videoDecision{report.Round(f.Time.Sub(r.start).Seconds()), d.Track, d.Label.String(), d.Reason, d.Alarm.String()})
	}
	return err
}

func (r *classified) last(f *frame.Frame) {
	r.Width, r.Height = f.Image.Cols(), f.Image.Rows()
	for i := range f.Faces {
		a := &f.Faces[i]
		sure := a.Probs
		if !a.Fresh { // carried on by the tracker since the detector last ran
			sure = a.Belief
		}
		r.Faces = append(r.Faces, face{
			Box:     [4]int{int(a.Box.X0), int(a.Box.Y0), int(a.Box.X1), int(a.Box.Y1)},
			Score:   report.Round(float64(a.Score)),
			Label:   a.Label.String(),
			Quality: a.Quality.String(),
			Probabilities: report.Probabilities{
				Correct: report.Round(float64(sure[0])), Incorrect: report.Round(float64(sure[1])), None: report.Round(float64(sure[2])),
			},
		})
	}
}

func (c *classifyCmd) print(stdout io.Writer, r *classified) error {
	if c.JSON {
		return json.NewEncoder(stdout).Encode(r)
	}
	if r.Error != "" {
		_, err := fmt.Fprintf(stdout, "%s: not classified\n", r.File)
		return err
	}
	fmt.Fprintf(stdout, "%s: %dx%d, %d frames, %d faces\n", r.File, r.Width, r.Height, r.Frames, len(r.Faces))
	for _, a := range r.Faces {
		fmt.Fprintf(stdout, "  %-9s at %v  correct %.2f  incorrect %.2f  none %.2f  (%s)\n",
			a.Label, a.Box, a.Probabilities.Correct, a.Probabilities.Incorrect, a.Probabilities.None, a.Quality)
	}
	for _, d := range r.Decisions {
		fmt.Fprintf(stdout, "  %7.2f s  person %d: %s %s\n", d.Seconds, d.Track, d.Label, d.Reason+d.Alarm)
	}
	return nil
}

func isPicture(file string) bool {
	switch strings.ToLower(filepath.Ext(file)) {
	case ".jpg", ".jpeg", ".png": // capture reads no others
		return true
	}
	return false
}

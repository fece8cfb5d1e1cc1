package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/maskwarden/maskwarden/atomicfile"
	"github.com/maskwarden/maskwarden/attack/suite"
	"github.com/maskwarden/maskwarden/cli/screen"
	"github.com/maskwarden/maskwarden/evaluate"
	"github.com/maskwarden/maskwarden/evaluate/robustness"
	"github.com/maskwarden/maskwarden/frame"
)

type attackCmd struct {
	engineFlags
	Method    string    `required:"" placeholder:"METHOD" help:"fgsm, bim, pgd, cw, patch or square. All but square need bin/maskwarden-tensorflow."`
	Faces     string    `required:"" placeholder:"DIR" help:"Folders correct, incorrect and none with face crops."`
	From      string    `placeholder:"LABEL" help:"Attack faces of this label only."`
	To        string    `placeholder:"LABEL" help:"Make the model answer this label; without it any wrong one."`
	Strength  []float64 `placeholder:"S,…" help:"Strengths: 255ths of a pixel's range; for patch the share of the picture; for cw the distances to count at."`
	Smooth    bool      `help:"Put the pack's smoothing before the model; the attack knows it."`
	Universal bool      `help:"With patch: one patch for all faces."`
	EOT       bool      `name:"eot" help:"With --universal: as worn on paper, so turned, scaled and lit."`
	Beside    string    `placeholder:"DIR" help:"Attack this other model pack, too, such as the undefended models/base."`
	Limit     int       `default:"20" placeholder:"N" help:"Faces of each label, chosen at random; 0 for all."`
	Seed      uint64    `default:"1" placeholder:"N" help:"Choose faces, places and noise from this number."`
	JSON      bool      `help:"Print JSON."`
	HTML      string    `placeholder:"REPORT.html" help:"Write table and curve as one printable file."`
}

// Run ends with exit code 130 when it is interrupted, after it has reported what it measured until then.
func (c *attackCmd) Run(ctx context.Context, stdout io.Writer, l *logs) (err error) {
	plan, err := c.plan()
	if err != nil {
		return fail(exitUsage, "maskwarden attack --help", err)
	}
	models, closeAll, err := c.open(&plan.Method)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeAll()) }()
	in := models[0].pipeline.Engine.Pack.Manifest.Input
	selection := &evaluate.Selection{Dir: c.Faces, Labels: plan.labels, Limit: c.Limit, Seed: c.Seed, Crop: models[0].pipeline.CropFace}
	faces, skipped, err := selection.Read(ctx)
	if err != nil {
		return fail(exitNoInput, "maskwarden attack --help", fmt.Errorf("--faces: %w", err))
	}
	faces.Height, faces.Width = in.Height, in.Width
	report := c.report(plan, faces, skipped)
	progress := &screen.Progress{Out: l.out, Live: screen.IsTerminal(l.out) && !c.JSON, Parts: len(models), Start: time.Now()}
	for i := range models {
		m := &models[i]
		e := &suite.Evaluation{
			Method: plan.Method, Strengths: plan.strengths, Faces: faces, Target: plan.target, Seed: c.Seed, Progress: progress.Of(i, m.ID),
		}
		result, err := e.Run(ctx, &m.Model)
		progress.Clear()
		if i == 0 {
			report.Result = result
		} else {
			report.Baseline = result
		}
		if err != nil {
			if ctx.Err() == nil {
				return fmt.Errorf("%s: %w", m.ID, err)
			}
			return errors.Join(ctx.Err(), c.print(stdout, report))
		}
	}
	report.Complete = true
	return c.print(stdout, report)
}

func (c *attackCmd) report(p *attackPlan, faces *suite.Faces, skipped []string) *robustness.Report {
	r := &robustness.Report{
		Schema: robustness.Schema, Version: Version(), Time: time.Now().UTC().Truncate(time.Millisecond),
		Method: p.Name, Title: p.Title, Unit: p.Unit, From: c.From, To: c.To, Smooth: c.Smooth, Universal: c.Universal, EOT: c.EOT,
		Seed: c.Seed, Faces: map[string]int{}, Skipped: skipped,
	}
	for _, l := range p.labels {
		r.Faces[l.String()] = faces.Count(l)
	}
	return r
}

func (c *attackCmd) print(stdout io.Writer, r *robustness.Report) error {
	if c.HTML != "" {
		var page bytes.Buffer
		if err := r.Write(&page); err != nil {
			return fail(exitInternal, "", err)
		}
		if err := atomicfile.Write(c.HTML, page.Bytes(), 0o644); err != nil {
			return fail(exitCannotWrite, "name a file in a folder that can be written", fmt.Errorf("--html: %w", err))
		}
	}
	if c.JSON {
		return screen.JSON(stdout, r)
	}
	return r.Print(stdout)
}

// attackPlan is what the flags ask for.
type attackPlan struct {
	suite.Method
	strengths []float64
	labels    []frame.Label // of the faces that are attacked
	target    frame.Label   // Unknown: any wrong answer is a success
}

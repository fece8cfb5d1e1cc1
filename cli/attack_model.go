package cli

import (
	"errors"
	"fmt"
	"slices"

	"github.com/maskwarden/maskwarden/attack/suite"
	"github.com/maskwarden/maskwarden/memory"
	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/pipeline"
	"github.com/maskwarden/maskwarden/savedmodel"
	"github.com/maskwarden/maskwarden/selftest/model"
)

// attackModel is a model that is attacked, and the pipeline that it is part of.
type attackModel struct {
	suite.Model
	pipeline *pipeline.Pipeline
}

// open opens the model in use, and the one to compare with. The caller runs closeAll in the end.
func (c *attackCmd) open(m *suite.Method) (models []attackModel, closeAll func() error, err error) {
	var closers []func() error
	closeAll = func() (err error) {
		for _, end := range slices.Backward(closers) {
			err = errors.Join(err, end())
		}
		return err
	}
	engines := []engineFlags{c.engineFlags.comparing()}
	if c.Beside != "" {
		engines = append(engines, c.with(c.Beside))
	}
	for i := range engines {
		model, ends, err := c.openModel(&engines[i], m)
		closers = append(closers, ends...)
		if err != nil {
			return nil, nil, errors.Join(named(i, err), closeAll())
		}
		models = append(models, model)
	}
	if err := sameInput(models[0].pipeline.Engine.Pack, models[len(models)-1].pipeline.Engine.Pack); err != nil {
		return nil, nil, errors.Join(fail(exitConfig, "name a pack with the same input", err), closeAll())
	}
	return models, closeAll, nil
}

// named says that an error is about the model to compare with.
func named(i int, err error) error {
	var f *failure
	if i > 0 && errors.As(err, &f) {
		return fail(f.code, f.hint, fmt.Errorf("--beside: %w", f.err))
	}
	return err
}

// sameInput checks that the same pictures can be given to both packs.
func sameInput(used, baseline *pack.Pack) error {
	a, b := used.Manifest.Input, baseline.Manifest.Input
	if a == b {
		return nil
	}
	text := func(in pack.Input) string {
		return fmt.Sprintf("%dx%d %s, margin %g", in.Width, in.Height, in.Color, in.CropMargin)
	}
	return fmt.Errorf("--beside: %s takes pictures of %s, and %s of %s: want packs with the same input", baseline.ID(), text(b), used.ID(), text(a))
}

func (c *attackCmd) openModel(flags *engineFlags, method *suite.Method) (m attackModel, ends []func() error, err error) {
	p, closePipeline, err := flags.open()
	if err != nil {
		return m, nil, err
	}
	ends = append(ends, closePipeline)
	in := p.Engine.Pack.Manifest.Input
	if in.Channels() != 3 {
		err := fmt.Errorf("%s takes %s pictures, and attacks are made on colors", p.Engine.Pack.ID(), in.Color)
		return m, ends, fail(exitConfig, "name a pack that takes rgb or bgr", err)
	}
	m = attackModel{suite.Model{ID: p.Engine.Pack.ID(), Classes: p.Engine.Pack.Manifest.Classes, Classifier: p.Engine.Classifier}, p}
	if c.Smooth {
		s := model.NewFaceSmoother(p.Engine.Smoother, in.Height, in.Width)
		ends = append(ends, s.Close)
		m.Smooth = s.Smooth
	}
	if method.BlackBox {
		return m, ends, nil
	}
	memory.Keep()
	n, err := savedmodel.Open(p.Engine.Pack, p.Engine.Config.Classifier.Threads)
	switch {
	case errors.Is(err, savedmodel.ErrLite):
		return m, ends, fail(exitUnavailable, "--method square, which needs no gradients", fmt.Errorf("--method %s: %w", method.Name, err))
	case err != nil:
		return m, ends, fail(exitConfig, "maskwarden pack verify "+p.Engine.Pack.Dir, err)
	}
	m.Network = n
	return m, append(ends, n.Close), nil
}

package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/maskwarden/maskwarden/pack/lastgood"
	"github.com/maskwarden/maskwarden/pipeline"
	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/savedmodel"
	"github.com/maskwarden/maskwarden/selftest"
	"github.com/maskwarden/maskwarden/selftest/catalogue"
)

// anyway is after how long a refused pack is tried again although no file has changed: a disk may have failed to read.
const anyway = time.Minute

// candidate is an engine, and what its vital checks found.
type candidate struct {
	engine   *pipeline.Engine
	rollback *rollbackGuard
	results  []selftest.Result
}

// refused is why nobody may be judged with it, nil where it is good.
func (c *candidate) refused() error {
	for _, r := range c.results {
		if r.Severity == selftest.Vital && r.Result == selftest.Fail {
			return fmt.Errorf("%s: %s: %s", c.engine.Pack.Dir, r.Name, r.Finding())
		}
	}
	return nil
}

// open opens the pack in a folder, "" is the configured one, with all that judges frames, and runs the vital checks. No frame is taken
// before the known answers were asked for.
func (d *Daemon) open(ctx context.Context, dir string) (_ *candidate, err error) {
	e := &pipeline.Engine{Config: d.Config, Dir: dir}
	if err := e.Initialize(); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, e.Close())
		}
	}()
	c := &candidate{engine: e, rollback: &rollbackGuard{dir: d.Config.StateDir, pack: e.Pack}}
	ran, err := c.rollback.version()
	d.fault(report.StateDirSubject, err) // what is not known refuses nothing
	if err := c.rollback.check(ran); err != nil {
		return nil, err
	}
	p, err := e.NewPipeline() // for its detector
	if err != nil {
		return nil, err
	}
	if err := p.Close(); err != nil {
		return nil, err
	}
	checks, _ := d.checks(e)
	c.results = selftest.Run(ctx, selftest.NewSeed(), catalogue.Vital(checks))
	return c, ctx.Err()
}

// choose opens the configured pack. An unattended unit that must refuse it runs the last good one, or waits without any.
func (d *Daemon) choose(ctx context.Context) error {
	d.inferior = false
	c, err := d.open(ctx, "")
	if ctx.Err() != nil || errors.Is(err, savedmodel.ErrLite) || err != nil && !d.Unattended {
		return err
	}
	why := err
	if why == nil {
		why = c.refused()
	}
	if why == nil || !d.Unattended {
		return d.use(c)
	}
	d.inferior = true
	last, err := d.openLast(ctx, c)
	switch {
	case last != nil:
		d.fault(report.PackSubject, fmt.Errorf("%w; %s runs, the last that passed", why, last.engine.Pack.ID()))
		if c != nil {
			if err := c.engine.Close(); err != nil {
				return errors.Join(err, last.engine.Close())
			}
		}
		return d.use(last)
	case c != nil:
		return d.use(c)
	case !d.damaged():
		return why
	}
	d.Logger.Error("nobody is judged: there is no pack to run with", "error", why, "last good pack", err)
	d.health.Begin()
	d.health.Result(selftest.Result{Name: "pack_signature", Severity: selftest.Vital, Result: selftest.Fail, Detail: why.Error()})
	return ctx.Err()
}

// damaged says whether the configured pack or the face detector is there, but not as it was signed: it is being copied, or the disk fails.
// Nothing else that keeps them from running mends by itself.
func (d *Daemon) damaged() bool {
	c := d.Config
	for name, open := range map[string]func(path string) error{
		c.Classifier.Pack: func(path string) error { _, err := c.Classifier.OpenPack(path); return err },
		c.Faces.Model:     func(path string) error { return pipeline.CheckDetector(c, path) },
	} {
		path, err := c.Asset(name)
		if err == nil {
			_, err = os.Stat(path)
		}
		if err == nil && open(path) != nil {
			return true
		}
	}
	return false
}

// openLast opens the last good pack, nil where there is none other than the refused one.
func (d *Daemon) openLast(ctx context.Context, refused *candidate) (*candidate, error) {
	dir := d.last().Find()
	if dir == "" {
		return nil, nil
	}
	last, err := d.open(ctx, dir)
	if err != nil {
		return nil, err
	}
	if err = last.refused(); err == nil && (refused == nil || refused.engine.Pack.ID() != last.engine.Pack.ID()) {
		return last, nil
	}
	return nil, errors.Join(err, last.engine.Close())
}

// last is where a copy of the last good pack is kept.
func (d *Daemon) last() *lastgood.Store {
	return &lastgood.Store{Dir: d.Config.StateDir, Open: d.Config.Classifier.OpenPack}
}

// use runs with a candidate. Its pack counts as one that has run only where its vital checks passed. A failure does not end the daemon:
// every label is unknown until a full self-test passes.
func (d *Daemon) use(c *candidate) error {
	d.engine, d.rollback = c.engine, c.rollback
	d.health.Begin()
	for _, r := range c.results {
		d.note(r)
	}
	d.Logger.Info("model ready", "model", d.model(), "backend", d.engine.Classifier.Backend())
	if c.refused() == nil {
		d.remember()
	}
	return nil
}

// model names the pack that runs, empty where none does.
func (d *Daemon) model() string {
	if d.engine == nil {
		return ""
	}
	return d.engine.Pack.ID()
}

// remember notes the pack's version as one that has run, and keeps a copy. A state folder that cannot be read or written for now does not
// stop the unit.
func (d *Daemon) remember() {
	d.fault(report.StateDirSubject, d.rollback.raise())
	if !d.Unattended || d.inferior {
		return
	}
	p := d.engine.Pack
	d.retries.Go(func() { // the disk may take its time
		if err := d.last().Keep(p); err != nil {
			d.Logger.Warn("no copy of the pack is kept: should it be damaged, nobody is judged", "error", err)
		}
	})
}

// ask returns what asks for a self-test, nil where there is nothing to test.
func (d *Daemon) ask() func() {
	if d.engine == nil {
		return nil
	}
	return d.schedule.Ask
}

// awaitPack returns true once the configured pack is good. It looks when a file has changed, and now and then.
func (d *Daemon) awaitPack(ctx context.Context) bool {
	seen, tried := d.files(), time.Now()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(retryInterval):
		}
		if d.engine == nil {
			for i := range d.Config.Cameras {
				d.board.beat(string(d.Config.Cameras[i].Name)) // no loop does
			}
		}
		now := d.files()
		if now == seen && time.Since(tried) < anyway {
			continue
		}
		c, err := d.open(ctx, "")
		seen, tried = now, time.Now()
		if err != nil {
			continue
		}
		why := c.refused()
		if err := c.engine.Close(); err != nil {
			d.Logger.Error("the pack is left", "error", err)
			continue
		}
		if why == nil {
			d.Logger.Info("the configured pack can be used: the daemon begins again with it", "pack", d.Config.Classifier.Pack)
			return true
		}
	}
}

// files is a text that changes with the files that judging needs: the pack's, the library, the detector and the record of versions.
func (d *Daemon) files() string {
	var text strings.Builder
	c := &d.Config.Classifier
	for _, name := range []string{c.Pack, c.Library, d.Config.Faces.Model, filepath.Join(d.Config.StateDir, rollbackPrefix+c.Name)} {
		path, err := d.Config.Asset(name)
		if err != nil {
			fmt.Fprintln(&text, err)
			continue
		}
		_ = filepath.WalkDir(path, func(path string, entry fs.DirEntry, err error) error { // what cannot be read is part of the text
			if err == nil && entry.IsDir() {
				return nil
			}
			info, e := os.Stat(path)
			if err = errors.Join(err, e); err != nil {
				fmt.Fprintln(&text, path, err)
				return nil
			}
			fmt.Fprintln(&text, path, info.Size(), info.ModTime().UnixNano(), info.Mode())
			return nil
		})
	}
	return text.String()
}

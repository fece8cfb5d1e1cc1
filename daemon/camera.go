package daemon

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/maskwarden/maskwarden/capture"
	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/pipeline"
	"github.com/maskwarden/maskwarden/report"
	cameracheck "github.com/maskwarden/maskwarden/selftest/camera"
)

// camera takes one camera's frames through its own pipeline, so that a slow or dead one stalls no other.
type camera struct {
	daemon *Daemon
	config *config.Camera
	name   string

	pool         frame.Pool
	capture      *capture.Camera
	pipeline     *pipeline.Pipeline
	subscription subscription
	gate         healthGate
}

func (c *camera) initialize() error {
	var err error
	if c.pipeline, err = c.daemon.engine.NewPipeline(); err != nil {
		return err
	}
	if c.config.InsecureTLS {
		c.daemon.Logger.Warn("the camera's certificate is not checked: whoever is on the way can send other pictures", "camera", c.name, "key", "insecure_tls")
	}
	c.gate = healthGate{health: &c.daemon.health, voter: c.pipeline.Voter}
	if c.passwordMissing() {
		return nil // run tries again
	}
	if err := c.openCapture(); err != nil {
		return errors.Join(err, c.pipeline.Close())
	}
	return nil
}

// passwordMissing says whether the camera's password cannot be read for now; the camera is then lost.
func (c *camera) passwordMissing() bool {
	_, err := c.config.PasswordFile.Read()
	if err != nil {
		c.daemon.board.turn(c.name, report.Lost, err.Error())
	}
	return err != nil
}

func (c *camera) openCapture() error {
	source, err := pipeline.NewCamera(c.daemon.Config, c.config, &c.pool)
	if err != nil {
		return err
	}
	source.OnStatus, source.Retry = c.turned, true
	source.Logger = c.daemon.Logger // it names the camera
	if err := source.Initialize(); err != nil {
		return err
	}
	c.capture = source
	return nil
}

// turned notes the camera's status. A picture that came answers camera_opens before the check runs again.
func (c *camera) turned(status, reason string) {
	c.daemon.board.turn(c.name, status, reason)
	if status == report.OK {
		c.daemon.health.Result(cameracheck.Opened(c.name))
	}
}

// run processes frames until the source ends or ctx does.
func (c *camera) run(ctx context.Context) error {
	defer c.subscription.end()
	idle := time.NewTicker(time.Second)
	defer idle.Stop()
	for c.capture == nil {
		select {
		case <-ctx.Done():
			return nil
		case <-idle.C:
			c.daemon.board.beat(c.name)
		}
		if c.passwordMissing() {
			continue
		}
		if err := c.openCapture(); err != nil {
			return fmt.Errorf("camera %s: %w", c.name, err)
		}
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-idle.C: // a lost camera gives no frames, yet its loop is alive
			c.daemon.board.idle(c.name, c.capture.Stats())
		case f, ok := <-c.capture.Frames():
			if !ok {
				return c.ended()
			}
			err := c.process(f)
			f.Release()
			if err != nil {
				return fmt.Errorf("camera %s: %w", c.name, err)
			}
		}
	}
}

func (c *camera) ended() error {
	c.daemon.board.ended(c.name)
	if err := c.capture.Err(); err != nil {
		return fmt.Errorf("camera %s: %w", c.name, err)
	}
	c.daemon.Logger.Info("source ended", "camera", c.name)
	return nil
}

// process takes one frame through the pipeline and hands out what it led to.
func (c *camera) process(f *frame.Frame) error {
	made, err := c.pipeline.Process(f)
	if err != nil {
		return err
	}
	d := c.daemon
	made = c.gate.pass(f, made)
	for i := range made {
		d.emit(c.event(f, &made[i]), truth(f, made[i].Box))
	}
	c.subscription.offer(f)
	d.metrics.ObserveFrame(f)
	if p := d.page.Load(); p != nil {
		p.Show(f)
	}
	d.board.see(f, c.capture.Stats())
	return nil
}

func (c *camera) close() error {
	if c.capture != nil {
		c.capture.Close()
	}
	err := c.pipeline.Close()
	c.pool.Close()
	return err
}

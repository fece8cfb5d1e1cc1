package daemon

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/maskwarden/maskwarden/capture"
	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/decision"
	"github.com/maskwarden/maskwarden/demo/scene"
	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/report"
)

// camera takes one camera's frames through its own pipeline, so that a slow or dead one stalls no other.
type camera struct {
	*Daemon
	Config *config.Camera
	name   string

	pool     frame.Pool
	capture  *capture.Camera
	pipeline *Pipeline
	tap      tap
	trusted  bool // whether labels are as the last frame's state of health allowed
	verified bool // whether decisions are
}

func (c *camera) initialize() error {
	var err error
	if c.pipeline, err = c.engine.Pipeline(); err != nil {
		return err
	}
	if c.capture, err = source(c.Daemon.Config, c.Config, &c.pool); err != nil {
		return errors.Join(err, c.pipeline.Close())
	}
	c.capture.OnStatus = func(status, reason string) { c.board.turn(c.name, status, reason) }
	c.capture.Logger = c.Logger // it names the camera
	if err := c.capture.Initialize(); err != nil {
		return errors.Join(err, c.pipeline.Close())
	}
	return nil
}

// source is a camera as it is configured, still to be given a logger and initialized.
func source(all *config.Config, c *config.Camera, pool *frame.Pool) (*capture.Camera, error) {
	address, err := c.Address()
	if err == nil {
		err = checkSynthetic(address)
	}
	if err != nil {
		return nil, err
	}
	return &capture.Camera{
		Name: string(c.Name), URI: address, Width: c.Width, Height: c.Height, FPS: c.FPS, Loop: c.Loop,
		StallTimeout: time.Duration(c.StallTimeout), PrivacyZones: zones(c.PrivacyZones), Pool: pool, Synthetic: Synthetic(all),
	}, nil
}

// checkSynthetic refuses a drawn camera that cannot be drawn; capture, which takes cameras for live, would try for ever.
func checkSynthetic(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "synthetic" {
		return nil //nolint:nilerr // capture refuses what is no address
	}
	_, err = scene.FromURL(u, "")
	return err
}

// Synthetic opens synthetic:// sources with the portrait that lies among the assets.
func Synthetic(c *config.Config) func(*url.URL) (capture.Source, error) {
	return func(u *url.URL) (capture.Source, error) {
		portrait, err := c.Asset("astronaut.png")
		if err != nil {
			return nil, err
		}
		s, err := scene.FromURL(u, portrait)
		if err != nil {
			return nil, err
		}
		return s, s.Initialize()
	}
}

func zones(fractions []config.Zone) (boxes []frame.Box) {
	for _, z := range fractions {
		boxes = append(boxes, frame.Box{X0: float32(z[0]), Y0: float32(z[1]), X1: float32(z[2]), Y1: float32(z[3])})
	}
	return boxes
}

// run judges frames until the source ends or ctx does.
func (c *camera) run(ctx context.Context) error {
	defer c.tap.end()
	idle := time.NewTicker(time.Second)
	defer idle.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-idle.C: // a lost camera gives no frames, yet its loop is alive
			c.board.beat(c.name)
		case f, ok := <-c.capture.Frames():
			if !ok {
				return c.ended()
			}
			err := c.judge(f)
			f.Release()
			if err != nil {
				return fmt.Errorf("camera %s: %w", c.name, err)
			}
		}
	}
}

func (c *camera) ended() error {
	if err := c.capture.Err(); err != nil {
		return fmt.Errorf("camera %s: %w", c.name, err)
	}
	c.Logger.Info("source came to its end", "camera", c.name)
	return nil
}

func (c *camera) judge(f *frame.Frame) error {
	made, err := c.pipeline.Process(f)
	if err != nil {
		return err
	}
	made = c.temper(f, made)
	for i := range made {
		c.emit(c.event(f, &made[i]), truth(f, made[i].Box))
	}
	c.tap.offer(f)
	c.metrics.ObserveFrame(f)
	if c.page != nil {
		c.page.Show(f)
	}
	c.board.see(f, c.capture.Stats())
	return nil
}

func (c *camera) event(f *frame.Frame, d *decision.Decision) report.Event {
	at := d.Time
	if at.IsZero() {
		at = f.Time
	}
	return report.Event{
		Schema: report.EventSchema,
		Time:   at.UTC().Round(time.Millisecond),
		Device: string(c.Daemon.Config.Device),
		Camera: c.name,
		Track:  d.Track,
		Label:  d.Label.String(),
		Reason: d.Reason, Verified: c.verified,
		Probabilities: report.Probabilities{
			Correct: report.Round(d.Mean[0]), Incorrect: report.Round(d.Mean[1]), None: report.Round(d.Mean[2]),
		},
		Votes:   report.Votes{Correct: d.Votes[0], Incorrect: d.Votes[1], None: d.Votes[2], Unknown: d.Refused},
		Box:     [4]int{int(d.Box.X0), int(d.Box.Y0), int(d.Box.X1), int(d.Box.Y1)},
		Picture: [2]int{f.Image.Cols(), f.Image.Rows()},
		Model:   c.engine.Pack.ID(),
		Defense: defenseOf(d),
	}
}

// truth is what the source says of the person at a place, Unknown where it says nothing.
func truth(f *frame.Frame, at frame.Box) frame.Label {
	best, label := float32(0.2), frame.Unknown
	for _, t := range f.Truth {
		if iou := t.Box.IoU(at); iou > best {
			best, label = iou, t.Label
		}
	}
	return label
}

func (c *camera) close() error {
	c.capture.Close()
	err := c.pipeline.Close()
	c.pool.Close()
	return err
}

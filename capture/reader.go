package capture

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/capture/decode"
	"github.com/maskwarden/maskwarden/frame"
)

// reader holds one opening of the source. Only its goroutine enters calls that may hang, so that the session can abandon
// it; it then cleans up when the call returns.
type reader struct {
	camera *Camera
	ctx    context.Context
	cancel context.CancelFunc

	// out
	opened chan struct{}
	frames chan *frame.Frame
	done   chan struct{}
	err    error // valid after done
}

// newReader starts a reader; the caller has taken a slot for it.
func newReader(c *Camera) *reader {
	r := &reader{camera: c, opened: make(chan struct{}), frames: make(chan *frame.Frame), done: make(chan struct{})}
	r.ctx, r.cancel = context.WithCancel(c.ctx)
	go r.run()
	return r
}

func (r *reader) run() {
	defer func() { <-r.camera.slots }()
	defer close(r.done)
	for opened := r.opened; ; opened = nil {
		r.err = r.play(opened)
		if !errors.Is(r.err, io.EOF) || !r.camera.Loop || r.camera.input.live {
			return
		}
	}
}

// play reads the source once from its start to its end. It closes opened, where given, as soon as the source is open.
func (r *reader) play(opened chan struct{}) (err error) {
	c := r.camera
	src, fps, err := c.input.open(r.ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", c.input.name, err)
	}
	defer func() {
		if cerr := src.Close(); cerr != nil && errors.Is(err, io.EOF) {
			err = fmt.Errorf("%s: %w", c.input.name, cerr)
		}
	}()
	if opened != nil {
		close(opened)
	}
	c.mu.Lock()
	c.stats.SourceFPS = fps
	c.mu.Unlock()

	scratch, raw := gocv.NewMat(), gocv.NewMat()
	defer func() { _, _ = scratch.Close(), raw.Close() }() // gocv's Close never fails
	stall := stallDetector{timeout: c.StallTimeout}
	var pace pace
	if !c.Lossless && !c.input.live {
		pace = newPace(fps)
		defer pace.stop()
	}
	for {
		f := c.Pool.Get()
		if err := r.picture(src, f, &scratch, &raw, &stall); err != nil {
			f.Release()
			switch {
			case errors.Is(err, decode.ErrDamaged) && r.ctx.Err() == nil:
				c.mu.Lock()
				c.stats.Damaged++
				c.mu.Unlock()
				continue
			case errors.Is(err, io.EOF):
				return io.EOF
			}
			return fmt.Errorf("%s: %w", c.input.name, err)
		}
		select {
		case r.frames <- f:
		case <-r.ctx.Done():
			f.Release()
			return r.ctx.Err()
		}
		if !pace.wait(r.ctx) {
			return r.ctx.Err()
		}
	}
}

// picture fills f with the next picture, checked, upright and painted. scratch and raw are kept between calls.
func (r *reader) picture(src Source, f *frame.Frame, scratch, raw *gocv.Mat, stall *stallDetector) error {
	hangs := r.camera.hangs
	start := time.Now()
	if !hangs.upright() { // what is read keeps its Mat, and so its size
		f.Image, *raw = *raw, f.Image
	}
	if err := src.Read(f); err != nil {
		return err
	}
	if err := toBGR(&f.Image, scratch); err != nil {
		return err
	}
	if !hangs.upright() {
		for i := range f.Truth {
			f.Truth[i].Box = hangs.box(f.Truth[i].Box, float32(f.Image.Cols()), float32(f.Image.Rows()))
		}
		hangs.turn(f.Image, raw)
		f.Image, *raw = *raw, f.Image
	}
	f.Time = time.Now()
	if f.Took[frame.Decode] == 0 {
		f.Took[frame.Decode] = f.Time.Sub(start)
	}
	pixels, err := f.Image.DataPtrUint8()
	if err != nil {
		return err
	}
	if r.camera.input.live {
		// Before the zones are painted: a zone over all that moves would seem frozen. The detector keeps a hash only.
		if err := stall.check(pixels, f.Time); err != nil {
			return err
		}
	}
	for _, z := range r.camera.PrivacyZones {
		paintBlack(pixels, f.Image.Cols(), f.Image.Rows(), z)
	}
	return nil
}

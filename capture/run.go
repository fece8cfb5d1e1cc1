package capture

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/maskwarden/maskwarden/frame"
)

// run opens the source, again after each failure of a live one, until it ends or Close is called.
func (c *Camera) run() {
	defer close(c.done)
	defer close(c.frames)
	defer c.forget()
	defer c.wait()
	c.setStatus(Starting, "")
	b := backoff{min: minBackoff, max: maxBackoff}
	for {
		opened := time.Now()
		err := c.session()
		switch {
		case c.ctx.Err() != nil, errors.Is(err, io.EOF):
			return
		case !c.input.live && !c.Retry:
			c.fail(err)
			return
		}
		if c.status == OK && time.Since(opened) > maxBackoff {
			b.reset() // it had worked for a while
		}
		c.setStatus(Lost, err.Error())
		if !b.wait(c.ctx) {
			return
		}
		c.mu.Lock()
		c.stats.Reconnects++
		c.mu.Unlock()
	}
}

// forget closes what Initialize opened and no session has read.
func (c *Camera) forget() {
	if v := c.kept(); v != nil {
		if err := v.Close(); err != nil {
			c.Logger.Warn("cannot close a video that was not read", "camera", c.Name, "error", err)
		}
	}
}

// session delivers the pictures of one opening of the source and returns why it ended.
func (c *Camera) session() error {
	select {
	case c.slots <- struct{}{}:
	case <-c.ctx.Done():
		return c.ctx.Err()
	}
	r := newReader(c)
	defer r.cancel()

	var stalled <-chan time.Time // stays nil, and so silent, for files
	stall := time.NewTimer(c.StallTimeout)
	defer stall.Stop()
	if c.input.live {
		stalled = stall.C
	}
	opening := r.opened
	patience := openTimeout(c.StallTimeout)
	damaged := c.Stats().Damaged
	for {
		select {
		case <-c.ctx.Done():
			return c.ctx.Err()
		case <-opening:
			opening = nil
			stall.Reset(c.StallTimeout)
		case f := <-r.frames:
			c.deliver(f)
			damaged = c.Stats().Damaged
			stall.Reset(c.StallTimeout)
		case <-r.done:
			return r.err
		case <-stalled:
			err := fmt.Errorf("%s: no picture for %v", c.input.name, c.StallTimeout)
			if c.Stats().Damaged > damaged {
				err = fmt.Errorf("%s: no whole picture for %v, all came damaged: see the network and the camera", c.input.name, c.StallTimeout)
			}
			if opening == nil || patience == 0 {
				return err
			}
			// Slow to open is not dead: report it now, and give it the rest of its time.
			c.setStatus(Lost, err.Error()+": still opening")
			stall.Reset(patience)
			patience = 0
		}
	}
}

// deliver queues a picture. A full queue loses its oldest one, unless Lossless says to wait.
func (c *Camera) deliver(f *frame.Frame) {
	c.mu.Lock()
	c.stats.Frames++
	f.Seq = c.stats.Frames
	c.stats.Width, c.stats.Height = f.Image.Cols(), f.Image.Rows()
	if c.Lossless { // the source's own time, not the time at which it was read
		fps := cmp.Or(c.stats.SourceFPS, usualFPS)
		f.Time = c.started.Add(time.Duration(float64(f.Seq-1) / fps * float64(time.Second)))
	}
	c.mu.Unlock()
	f.Camera = c.Name
	c.setStatus(OK, "")
	if c.Lossless {
		select {
		case c.frames <- f:
		case <-c.ctx.Done():
			f.Release()
		}
		return
	}
	for {
		select {
		case c.frames <- f:
			return
		default:
		}
		select {
		case old := <-c.frames:
			old.Release()
			c.mu.Lock()
			c.stats.Dropped++
			c.mu.Unlock()
		default: // its receiver was faster
		}
	}
}

// fail ends a finite source with an error, which Err gives to whoever drives the camera.
func (c *Camera) fail(err error) {
	c.mu.Lock()
	c.err = err
	c.mu.Unlock()
	c.setStatus(Lost, err.Error())
}

// setStatus reports a change, once.
func (c *Camera) setStatus(status, reason string) {
	if c.status == status && c.reason == reason {
		return
	}
	if c.input.live || c.Retry { // otherwise the error is returned, for the caller to log
		switch {
		case status == Lost:
			c.Logger.Warn("camera lost", "camera", c.Name, "reason", reason)
		case c.status == Lost:
			c.Logger.Info("camera is back", "camera", c.Name)
		}
	}
	c.status, c.reason = status, reason
	if c.OnStatus != nil {
		c.OnStatus(status, reason)
	}
}

// wait returns when all readers have, or after closeGrace.
func (c *Camera) wait() {
	c.cancel()
	grace := time.NewTimer(closeGrace)
	defer grace.Stop()
	for range maxReaders {
		select {
		case c.slots <- struct{}{}:
		case <-grace.C:
			c.Logger.Warn("camera's driver does not return; its thread is left behind", "camera", c.Name)
			return
		}
	}
}

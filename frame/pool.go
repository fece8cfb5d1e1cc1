package frame

import (
	"sync"
	"time"

	"gocv.io/x/gocv"
)

// Pool keeps frames, and the pixels they own, for use again, so that a steady stream allocates nothing.
type Pool struct {
	mu     sync.Mutex
	free   []*Frame
	closed bool
}

// Get returns a frame with no faces. Its Image holds old pixels of any size.
func (p *Pool) Get() *Frame {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.free); n > 0 {
		f := p.free[n-1]
		p.free = p.free[:n-1]
		return f
	}
	return &Frame{Image: gocv.NewMat(), pool: p}
}

func (p *Pool) put(f *Frame) {
	*f = Frame{Image: f.Image, Faces: f.Faces[:0], Truth: f.Truth[:0], pool: p, Took: [NumStages]time.Duration{}}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		_ = f.Image.Close() // gocv's Close never fails
		return
	}
	p.free = append(p.free, f)
}

// Close frees the pixels of the frames in the pool; frames still out are freed when they are released.
func (p *Pool) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for _, f := range p.free {
		_ = f.Image.Close()
	}
	p.free = nil
}

package page

import (
	"sync"
	"sync/atomic"
	"time"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/frame"
)

// view is one camera as the page shows it.
type view struct {
	watchers atomic.Int32
	busy     atomic.Bool // a picture is on its way through the encoder; guards the fields of the next block
	next     atomic.Int64

	image gocv.Mat     // small enough to send
	faces []frame.Face // boxes in pixels of image

	mu     sync.Mutex
	latest *picture
	seq    uint64                     // of the last picture
	wake   map[chan struct{}]struct{} // one per watcher, with room for one signal
	took   times
}

func newView() *view {
	return &view{image: gocv.NewMat(), wake: map[chan struct{}]struct{}{}}
}

// due reports whether it is time for another picture, and if so sets the time of the next.
func (v *view) due(now time.Time) bool {
	t := now.UnixNano()
	next := v.next.Load()
	return t >= next && v.next.CompareAndSwap(next, t+int64(interval))
}

// watch registers a watcher; the channel signals every new picture, but never queues them.
func (v *view) watch() chan struct{} {
	ch := make(chan struct{}, 1)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.wake[ch] = struct{}{}
	v.watchers.Store(int32(len(v.wake)))
	return ch
}

// leave ends a watch. With the last watcher the picture goes: the next would take it for a new one.
func (v *view) leave(ch chan struct{}) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.wake, ch)
	v.watchers.Store(int32(len(v.wake)))
	if len(v.wake) == 0 && v.latest != nil {
		v.latest.release()
		v.latest = nil
	}
}

// publish takes over p and wakes the watchers.
func (v *view) publish(p *picture) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.wake) == 0 {
		p.release()
		return
	}
	if v.latest != nil {
		v.latest.release()
	}
	v.seq++
	p.seq = v.seq
	v.latest = p
	for ch := range v.wake {
		select {
		case ch <- struct{}{}:
		default: // a slow watcher gets the latest when it is back
		}
	}
}

// take returns the latest picture after number seq, to be released, or nil.
func (v *view) take(seq uint64) *picture {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.latest == nil || v.latest.seq <= seq {
		return nil
	}
	return v.latest.hold()
}

// close frees the pixels; nothing may use the view any more.
func (v *view) close() { _ = v.image.Close() }

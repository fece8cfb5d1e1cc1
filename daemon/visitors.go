package daemon

import (
	"context"
	"sync"
	"time"

	"gocv.io/x/gocv"
)

const (
	mostVisitors = 4               // faces that are lent at once; further ones overwrite the oldest
	visitWait    = 3 * time.Second // how long is waited for so many
)

// visitors lends a self-test faces of who stands before the cameras, as cut for the classifier: in memory, a few, and none
// while nobody asks. Who took them overwrites them with zeros.
type visitors struct {
	mu    sync.Mutex
	faces [][]byte
	met   int
	full  chan struct{} // nil: nobody asks
}

// ask begins to collect faces; the channel is closed once there are mostVisitors.
func (v *visitors) ask() <-chan struct{} {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.full == nil {
		v.full = make(chan struct{})
	}
	return v.full
}

// meet copies a face that the quality gate accepted, if somebody asks.
func (v *visitors) meet(crop gocv.Mat) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.full == nil {
		return nil
	}
	pixels, err := crop.DataPtrUint8()
	if err != nil {
		return err
	}
	if v.met < mostVisitors {
		v.faces = append(v.faces, append([]byte(nil), pixels...))
	} else {
		copy(v.faces[v.met%mostVisitors], pixels)
	}
	if v.met++; v.met == mostVisitors {
		close(v.full)
	}
	return nil
}

// take ends the collecting and hands the faces over.
func (v *visitors) take() [][]byte {
	v.mu.Lock()
	defer v.mu.Unlock()
	faces := v.faces
	v.faces, v.met, v.full = nil, 0, nil
	return faces
}

// forget overwrites what nobody took.
func (v *visitors) forget() {
	for _, f := range v.take() {
		clear(f)
	}
}

// visit waits a moment for faces of who is there.
func (v *visitors) visit(ctx context.Context) [][]byte {
	enough := time.NewTimer(visitWait)
	defer enough.Stop()
	select {
	case <-v.ask():
	case <-enough.C:
	case <-ctx.Done():
	}
	return v.take()
}

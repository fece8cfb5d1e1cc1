package pipeline

import (
	"context"
	"sync"
	"time"

	"gocv.io/x/gocv"
)

const (
	maxSamples = 4               // further ones overwrite the oldest
	sampleWait = 3 * time.Second // how long Collect waits for so many
)

// FaceSamples keeps a few faces of people in view for a self-test that asks for them, as cut for the classifier: in memory only, and none
// while nobody asks. The caller of Take and Collect overwrites them with zeros.
type FaceSamples struct {
	mu    sync.Mutex
	faces [][]byte
	added int
	full  chan struct{} // nil: nobody asks
}

// Ask begins to keep faces. The channel is closed once there are enough.
func (s *FaceSamples) Ask() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.full == nil {
		s.full = make(chan struct{})
	}
	return s.full
}

// add copies a face that the quality gate accepted, if somebody asks.
func (s *FaceSamples) add(crop gocv.Mat) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.full == nil {
		return nil
	}
	pixels, err := crop.DataPtrUint8()
	if err != nil {
		return err
	}
	if s.added < maxSamples {
		s.faces = append(s.faces, append([]byte(nil), pixels...))
	} else {
		copy(s.faces[s.added%maxSamples], pixels)
	}
	if s.added++; s.added == maxSamples {
		close(s.full)
	}
	return nil
}

// Take stops keeping faces and returns those that are kept.
func (s *FaceSamples) Take() [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	faces := s.faces
	s.faces, s.added, s.full = nil, 0, nil
	return faces
}

// Forget overwrites the faces that nobody took.
func (s *FaceSamples) Forget() {
	for _, f := range s.Take() {
		clear(f)
	}
}

// Collect asks, waits a moment and takes.
func (s *FaceSamples) Collect(ctx context.Context) [][]byte {
	enough := time.NewTimer(sampleWait)
	defer enough.Stop()
	select {
	case <-s.Ask():
	case <-enough.C:
	case <-ctx.Done():
	}
	return s.Take()
}

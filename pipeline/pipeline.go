// Package pipeline takes the frames of one camera to decisions: detect, track, grade, crop, smooth, classify, vote, certify.
package pipeline

import (
	"errors"
	"fmt"
	"time"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/decision"
	"github.com/maskwarden/maskwarden/face"
	"github.com/maskwarden/maskwarden/frame"
)

// maxGap is how long the tracker is trusted without the detector. Somebody who walks past moves by half a face in it.
const maxGap = 330 * time.Millisecond

// Pipeline processes the frames of one camera, one at a time.
type Pipeline struct {
	Engine      *Engine
	Detector    *face.Detector
	Tracker     *face.Tracker
	Gate        *face.Gate
	Cropper     *face.Cropper
	Voter       *decision.Voter
	DetectEvery int // the detector runs on every so many frames, sooner on slow cameras; the tracker carries faces in between

	skipped      int       // frames since the detector ran
	detected     time.Time // when it ran, by the frames' own clock
	last         time.Time // when the last frame was taken
	batch        []int     // places in Faces of those in the classifier's batch
	made         []decision.Decision
	crop, smooth gocv.Mat
}

// Initialize loads the detector.
func (p *Pipeline) Initialize() error {
	p.crop, p.smooth = gocv.NewMat(), gocv.NewMat()
	for _, part := range []interface{ Initialize() error }{p.Detector, p.Tracker, p.Gate, p.Cropper} {
		if err := part.Initialize(); err != nil {
			return errors.Join(err, p.Close())
		}
	}
	p.Voter.Initialize()
	return nil
}

// Close frees the detector and the buffers.
func (p *Pipeline) Close() error {
	return errors.Join(p.crop.Close(), p.smooth.Close(), p.Cropper.Close(), p.Gate.Close(), p.Detector.Close())
}

// Restart forgets every track and vote, as if the next frame were the first of another source.
func (p *Pipeline) Restart() {
	t := p.Tracker
	p.Tracker = &face.Tracker{MinIoU: t.MinIoU, MaxMissed: t.MaxMissed, MinHits: t.MinHits, MaxUnseen: t.MaxUnseen}
	p.Voter.Initialize()
	p.skipped, p.detected, p.last = 0, time.Time{}, time.Time{}
}

// Process fills the frame's faces and returns the decisions it led to, valid until the next call.
func (p *Pipeline) Process(f *frame.Frame) ([]decision.Decision, error) {
	clock := time.Now()
	took := func(s frame.Stage) {
		now := time.Now()
		f.Took[s] = now.Sub(clock)
		clock = now
	}

	f.Detected = p.due(f.Time)
	f.Faces = f.Faces[:0]
	if f.Detected {
		if err := p.detect(f); err != nil {
			return nil, err
		}
		took(frame.Detect) // a stage that did not run has no time
	}

	f.Faces = p.Tracker.Update(f.Faces, f.Detected, f.Time)
	took(frame.Track)

	if err := p.classify(f); err != nil {
		return nil, err
	}
	p.Tracker.Remember(f.Faces)
	if err := p.decide(f); err != nil {
		return nil, err
	}
	return p.made, nil
}

func (p *Pipeline) detect(f *frame.Frame) (err error) {
	if f.Faces, err = p.Detector.Detect(f.Image, f.Faces[:0]); err != nil {
		return fmt.Errorf("detect faces: %w", err)
	}
	return nil
}

// due says whether the detector runs on a frame: on the first, on every DetectEvery-th, and where skipping it would leave
// too long a gap before the next.
func (p *Pipeline) due(at time.Time) bool {
	interval, gap := at.Sub(p.last), at.Sub(p.detected)
	p.last = at
	p.skipped++
	if !p.detected.IsZero() && p.skipped < p.DetectEvery && gap+interval <= maxGap {
		return false
	}
	p.skipped, p.detected = 0, at
	return true
}

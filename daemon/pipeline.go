package daemon

import (
	"errors"
	"fmt"
	"time"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/decision"
	"github.com/maskwarden/maskwarden/face"
	"github.com/maskwarden/maskwarden/frame"
)

// maxGap is how long the tracker is trusted without the detector; somebody who walks past moves by half a face in it.
const maxGap = 330 * time.Millisecond

// Pipeline judges the frames of one camera, one at a time: detect, track, grade, crop, smooth, classify, vote, check.
type Pipeline struct {
	*Engine
	Detector    *face.Detector
	Tracker     *face.Tracker
	Gate        *face.Gate
	Cropper     *face.Cropper
	Voter       *decision.Voter
	DetectEvery int // the detector runs on every so many frames, sooner on slow cameras; the tracker carries faces on between

	skipped      int       // frames since the detector ran
	detected     time.Time // when it ran, and when the last frame was taken, by the frames' own clock
	last         time.Time
	batch        []int // places in Faces of those in the classifier's batch
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

// Close frees the detector and the pixels held.
func (p *Pipeline) Close() error {
	return errors.Join(p.crop.Close(), p.smooth.Close(), p.Cropper.Close(), p.Gate.Close(), p.Detector.Close())
}

// Restart forgets everybody, as if the next frame were the first of another source.
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
		var err error
		if f.Faces, err = p.Detector.Detect(f.Image, f.Faces); err != nil {
			return nil, fmt.Errorf("detect faces: %w", err)
		}
		took(frame.Detect) // a stage that did not run has no time
	}

	f.Faces = p.Tracker.Update(f.Faces, f.Detected, f.Time)
	took(frame.Track)

	if err := p.classify(f); err != nil {
		return nil, err
	}
	if err := p.decide(f); err != nil {
		return nil, err
	}
	return p.made, nil
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

// Judge classifies the faces that a still picture holds, without tracker and votes.
func (p *Pipeline) Judge(f *frame.Frame) error {
	var err error
	if f.Faces, err = p.Detector.Detect(f.Image, f.Faces[:0]); err != nil {
		return fmt.Errorf("detect faces: %w", err)
	}
	if err = p.classify(f); err != nil {
		return err
	}
	for i := range f.Faces {
		if face := &f.Faces[i]; face.Quality == frame.Good {
			face.Label, _ = face.Probs.Best()
		}
	}
	return nil
}

// classify grades the fresh faces and gives those that can be judged their probabilities, all in one batch.
func (p *Pipeline) classify(f *frame.Frame) error {
	clock := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.batch = p.batch[:0]
	for i := range f.Faces {
		face := &f.Faces[i]
		if !face.Fresh {
			continue
		}
		if face.Quality = p.Gate.Grade(f.Image, face); face.Quality != frame.Good {
			continue
		}
		if err := p.fill(f.Image, face.Box, len(p.batch)); err != nil {
			return err
		}
		if err := p.visitors.meet(p.crop); err != nil {
			return fmt.Errorf("face for the self-test: %w", err)
		}
		p.batch = append(p.batch, i)
	}
	if len(p.batch) == 0 {
		return nil
	}
	f.Took[frame.Smooth] = time.Since(clock)
	clock = time.Now()
	if err := p.Classifier.Run(len(p.batch)); err != nil {
		return fmt.Errorf("classify %d faces: %w", len(p.batch), err)
	}
	for k, i := range p.batch {
		f.Faces[i].Probs = p.Classifier.Probabilities(k)
	}
	f.Took[frame.Classify] = time.Since(clock)
	return nil
}

// fill crops a face, smooths it and writes it into place k of the classifier's batch.
func (p *Pipeline) fill(img gocv.Mat, box frame.Box, k int) error {
	if err := p.cut(img, box); err != nil {
		return err
	}
	return p.fillCrop(k)
}

// cut crops a face.
func (p *Pipeline) cut(img gocv.Mat, box frame.Box) error {
	if err := p.Cropper.Crop(img, box, &p.crop); err != nil {
		return fmt.Errorf("crop face: %w", err)
	}
	return nil
}

// fillCrop smooths the face cropped last and writes it into place k of the classifier's batch.
func (p *Pipeline) fillCrop(k int) error {
	if err := p.Smoother.Apply(p.crop, &p.smooth); err != nil {
		return fmt.Errorf("smooth face: %w", err)
	}
	pixels, err := p.smooth.DataPtrUint8()
	if err != nil {
		return fmt.Errorf("smoothed face: %w", err)
	}
	return p.Classifier.Fill(k, pixels)
}

// classifyCrop classifies the face cropped last, alone.
func (p *Pipeline) classifyCrop() (frame.Probabilities, error) {
	if err := p.fillCrop(0); err != nil {
		return frame.Probabilities{}, err
	}
	if err := p.Classifier.Run(1); err != nil {
		return frame.Probabilities{}, fmt.Errorf("classify: %w", err)
	}
	return p.Classifier.Probabilities(0), nil
}

// Face classifies a picture that is one face already: its box and face.DefaultMargin on each side, as the training data
// is cut.
func (p *Pipeline) Face(img gocv.Mat) (frame.Probabilities, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.cut(img, boxOf(img)); err != nil {
		return frame.Probabilities{}, err
	}
	return p.classifyCrop()
}

// Worn is what the classifier and then the defense say of a picture as Face takes it, after put has changed its pixels: height x width x 3
// bytes as the classifier takes them, before the smoothing. nil changes nothing.
func (p *Pipeline) Worn(img gocv.Mat, put func(pixels []byte)) (probs frame.Probabilities, proof frame.Proof, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.cut(img, boxOf(img)); err != nil {
		return probs, proof, err
	}
	if put != nil {
		pixels, err := p.crop.DataPtrUint8()
		if err != nil {
			return probs, proof, err
		}
		put(pixels)
	}
	if probs, err = p.classifyCrop(); err == nil && p.Checker != nil {
		proof, err = p.Checker.Check(p.crop, &probs)
	}
	return probs, proof, err
}

// boxOf is where the face lies in a picture that Face takes.
func boxOf(img gocv.Mat) frame.Box {
	w, h := float32(img.Cols()), float32(img.Rows())
	const outside = face.DefaultMargin / (1 + 2*face.DefaultMargin) // share of the picture that is margin, on each side
	return frame.Box{X0: w * outside, Y0: h * outside, X1: w * (1 - outside), Y1: h * (1 - outside)}
}

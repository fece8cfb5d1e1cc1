package pipeline

import (
	"fmt"
	"time"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/frame"
)

// Classify finds and classifies the faces in a still picture, without tracker and votes.
func (p *Pipeline) Classify(f *frame.Frame) error {
	if err := p.detect(f); err != nil {
		return err
	}
	if err := p.classify(f); err != nil {
		return err
	}
	for i := range f.Faces {
		if face := &f.Faces[i]; face.Quality == frame.Good {
			face.Label, _ = face.Probs.Best()
		}
	}
	return nil
}

// classify grades the fresh faces and gives the good ones their probabilities, all in one batch.
func (p *Pipeline) classify(f *frame.Frame) error {
	clock := time.Now()
	p.Engine.mu.Lock()
	defer p.Engine.mu.Unlock()
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
		if err := p.Engine.Samples.add(p.crop); err != nil {
			return fmt.Errorf("face sample: %w", err)
		}
		p.batch = append(p.batch, i)
	}
	if len(p.batch) == 0 {
		return nil
	}
	f.Took[frame.Smooth] = time.Since(clock)
	clock = time.Now()
	c := p.Engine.Classifier
	if err := c.Run(len(p.batch)); err != nil {
		return fmt.Errorf("classify %d faces: %w", len(p.batch), err)
	}
	for k, i := range p.batch {
		f.Faces[i].Probs = c.Probabilities(k)
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
	if err := p.Engine.Smoother.Apply(p.crop, &p.smooth); err != nil {
		return fmt.Errorf("smooth face: %w", err)
	}
	pixels, err := p.smooth.DataPtrUint8()
	if err != nil {
		return fmt.Errorf("smoothed face: %w", err)
	}
	return p.Engine.Classifier.Fill(k, pixels)
}

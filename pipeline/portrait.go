package pipeline

import (
	"fmt"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/face"
	"github.com/maskwarden/maskwarden/frame"
)

// ClassifyFace classifies a picture that is one face already: its box and face.DefaultMargin on each side, as the training
// data is cut.
func (p *Pipeline) ClassifyFace(img gocv.Mat) (frame.Probabilities, error) {
	p.Engine.mu.Lock()
	defer p.Engine.mu.Unlock()
	if err := p.cut(img, boxOf(img)); err != nil {
		return frame.Probabilities{}, err
	}
	return p.classifyCrop()
}

// CropFace returns the pixels of such a picture as the classifier takes them, before the smoothing: height x width x 3 bytes.
func (p *Pipeline) CropFace(img gocv.Mat) ([]byte, error) {
	p.Engine.mu.Lock()
	defer p.Engine.mu.Unlock()
	if err := p.cut(img, boxOf(img)); err != nil {
		return nil, err
	}
	return p.crop.ToBytes(), nil
}

// CertifyFace classifies such a picture and runs the certified check on it, if it is on. change, unless it is nil, first changes
// the pixels of the crop: height x width x 3 bytes as the classifier takes them, before the smoothing.
func (p *Pipeline) CertifyFace(img gocv.Mat, change func(pixels []byte)) (probs frame.Probabilities, proof frame.Proof, err error) {
	p.Engine.mu.Lock()
	defer p.Engine.mu.Unlock()
	if err := p.cut(img, boxOf(img)); err != nil {
		return probs, proof, err
	}
	if change != nil {
		pixels, err := p.crop.DataPtrUint8()
		if err != nil {
			return probs, proof, err
		}
		change(pixels)
	}
	if probs, err = p.classifyCrop(); err == nil && p.Engine.Checker != nil {
		proof, err = p.Engine.Checker.Check(p.crop, &probs)
	}
	return probs, proof, err
}

// classifyCrop classifies the face cropped last, alone.
func (p *Pipeline) classifyCrop() (frame.Probabilities, error) {
	if err := p.fillCrop(0); err != nil {
		return frame.Probabilities{}, err
	}
	if err := p.Engine.Classifier.Run(1); err != nil {
		return frame.Probabilities{}, fmt.Errorf("classify: %w", err)
	}
	return p.Engine.Classifier.Probabilities(0), nil
}

// boxOf is where the face lies in a picture that ClassifyFace takes.
func boxOf(img gocv.Mat) frame.Box {
	w, h := float32(img.Cols()), float32(img.Rows())
	const outside = face.DefaultMargin / (1 + 2*face.DefaultMargin) // share of the picture that is margin, on each side
	return frame.Box{X0: w * outside, Y0: h * outside, X1: w * (1 - outside), Y1: h * (1 - outside)}
}

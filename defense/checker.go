package defense

import (
	"errors"
	"fmt"
	"image"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/pack"
)

// Classifier is the network behind Checker: tflite.Classifier and savedmodel.Classifier implement it.
type Classifier interface {
	Fill(i int, pixels []byte) error
	FillLevels(i int, pixels []byte, top int) error // pixels lie on 0 to top instead of 0 to 255
	Run(n int) error
	Probabilities(i int) frame.Probabilities
}

// Checker tells whether a face's answer could come from a patch: certified detection by masks (Minority Reports, McCoyd et
// al. 2020, arXiv:2004.13799, with PatchCleanser's masks), double masking where the masked views disagree (PatchCleanser),
// and feature squeezing (Xu et al. 2018, arXiv:1704.01155). Masks are put on the raw pixels of the classifier's picture, and
// the smoother comes after them: so it is part of the classifier, and a patch does not grow. It belongs to one goroutine.
type Checker struct {
	Classifier Classifier
	Smoother   *Smoother      // the one that the classifier's pictures pass
	Manifest   *pack.Manifest // masks, fill and thresholds
	Certainty  float32        // masked views count whose answer is more probable than this, 0 (all) to below 1
	Recovery   bool           // where all single masks agree, or all deny Correct, classify the pairs, too: 36 more passes with 9 masks
	Squeeze    bool           // classify squeezed forms, if the manifest has a threshold: 2 more passes

	masks    []image.Rectangle
	area     float32
	one      []frame.Label // behind each mask
	two      []frame.Label // behind each two, masks x masks; Unknown: not classified yet
	pairs    [chunk]int
	first    int // place in the batch of the view behind the first mask
	passes   int
	squeezer squeezer
	own      *Smoother // made for this checker, and closed with it; nil: the smoother is the caller's

	clean, hidden, smooth, part gocv.Mat // the picture smoothed, a view, that smoothed, and what a mask changes of it

	open bool
}

// Initialize draws the masks.
func (c *Checker) Initialize() error {
	in := c.Manifest.Input
	if in.Channels() != 3 {
		return fmt.Errorf("masking: the pack takes %s pictures: want rgb or bgr, or turn defense.certify off", in.Color)
	}
	if !(c.Certainty >= 0 && c.Certainty < 1) {
		return fmt.Errorf("masking: certainty %v: want 0 to below 1", c.Certainty)
	}
	var err error
	if c.masks, err = Masks(in.Width, in.Height, c.Manifest.Masking); err != nil {
		return err
	}
	side := float32(c.Manifest.Masking.Patch)
	c.area = side * side / float32(in.Width*in.Height)
	c.one, c.two = make([]frame.Label, len(c.masks)), make([]frame.Label, len(c.masks)*len(c.masks))
	if c.Squeeze && c.Manifest.Squeezing != nil {
		if err := c.squeezer.initialize(c.Manifest.Squeezing, c.Smoother.Window, in.Size()); err != nil {
			return err
		}
	}
	c.clean, c.hidden, c.smooth, c.part = gocv.NewMat(), gocv.NewMat(), gocv.NewMat(), gocv.NewMat()
	c.open = true
	return nil
}

// Check certifies a crop, as Fill takes it but not yet smoothed: height x width x 3, 8 bits. Known are the probabilities of this very
// crop, smoothed, where the classifier has given them already, which saves a pass; nil: the crop is classified, too.
func (c *Checker) Check(crop gocv.Mat, known *frame.Probabilities) (frame.Proof, error) {
	if err := c.accept(crop); err != nil {
		return frame.Proof{}, err
	}
	c.passes = 0
	p := frame.Proof{Checked: true}
	err := c.certify(crop, known, &p)
	p.Passes = c.passes
	if err != nil {
		return frame.Proof{}, fmt.Errorf("certified check: %w", err)
	}
	return p, nil
}

func (c *Checker) accept(crop gocv.Mat) error {
	in := c.Manifest.Input
	switch {
	case !c.open:
		return errors.New("certified check: not initialized, or closed")
	case crop.Ptr() == nil || crop.Empty():
		return errors.New("certified check: the picture is empty")
	case crop.Type() != gocv.MatTypeCV8UC3 || crop.Rows() != in.Height || crop.Cols() != in.Width:
		return fmt.Errorf("certified check: the picture is %dx%d %v: want %dx%d CV8UC3", crop.Cols(), crop.Rows(), crop.Type(), in.Width, in.Height)
	}
	return nil
}

// run classifies the first n places of the batch.
func (c *Checker) run(n int) error {
	c.passes += n
	return c.Classifier.Run(n)
}

// Close frees the buffers. It may be called twice, and without Initialize.
func (c *Checker) Close() error {
	if !c.open {
		return nil
	}
	c.open = false
	if c.own != nil {
		_ = c.own.Close() // gocv's Close never fails
	}
	return errors.Join(c.clean.Close(), c.hidden.Close(), c.smooth.Close(), c.part.Close(), c.squeezer.close())
}

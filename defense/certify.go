package defense

import (
	"image"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/frame"
)

// certify classifies, in one batch, the picture, its views behind each mask and its squeezed forms. Where masked views disagree, or
// Recovery is set, it classifies views behind pairs of masks, too.
func (c *Checker) certify(crop gocv.Mat, known *frame.Probabilities, p *frame.Proof) error {
	n, err := c.fillSingles(crop, known != nil)
	if err != nil {
		return err
	}
	squeezed := c.squeezer.ready()
	if squeezed {
		if n, err = c.squeezer.fill(c.Classifier, crop, n); err != nil {
			return err
		}
	}
	if err := c.run(n); err != nil {
		return err
	}
	if known == nil {
		clean := c.Classifier.Probabilities(0)
		known = &clean
	}
	if squeezed {
		p.Distance = c.squeezer.distance(c.Classifier, *known)
		if p.Distance > float32(c.squeezer.Threshold) {
			p.Suspicion |= frame.SqueezeDiffers
		}
	}
	sure, never := c.compare(*known, p)
	switch {
	case p.Suspicion&frame.MasksDisagree != 0:
		p.Label, err = c.recovered(crop)
	case sure:
		p.Certified, p.Area = frame.Detection, c.area
		if c.Recovery {
			err = c.certifyPairs(crop, p)
		}
	}
	if err == nil && never && c.Recovery {
		err = c.certifyNever(crop, p)
	}
	return err
}

// fillSingles puts the picture itself, unless its answer is known, in place 0, and the views behind each mask in those
// from first on; it returns how many these are.
func (c *Checker) fillSingles(crop gocv.Mat, known bool) (n int, err error) {
	if err := c.Smoother.Apply(crop, &c.clean); err != nil {
		return 0, err
	}
	c.first = 0
	if !known {
		c.first = 1
		if err := c.put(0, c.clean); err != nil {
			return 0, err
		}
	}
	for i := range c.masks {
		if err := c.fillHidden(c.first+i, crop, i, i); err != nil {
			return 0, err
		}
	}
	return c.first + len(c.masks), nil
}

// fillHidden puts a view behind two masks, which may be one and the same, in a place of the batch.
func (c *Checker) fillHidden(place int, crop gocv.Mat, i, j int) error {
	crop.CopyTo(&c.hidden)
	pixels, err := c.hidden.DataPtrUint8()
	if err != nil {
		return err
	}
	masks := [...]int{i, j}
	for _, mask := range masks {
		hide(pixels, crop.Cols(), c.masks[mask], byte(c.Manifest.Masking.Fill))
	}
	c.clean.CopyTo(&c.smooth)
	for k, mask := range masks {
		if k > 0 && j == i {
			break
		}
		if err := c.smoothAround(c.masks[mask]); err != nil {
			return err
		}
	}
	return c.put(place, c.smooth)
}

// smoothAround brings up to date what a mask changes of the smoothed picture: elsewhere it is that of the picture itself.
func (c *Checker) smoothAround(mask image.Rectangle) error {
	touched := mask.Inset(-(c.Smoother.Window / 2)).Intersect(image.Rect(0, 0, c.hidden.Cols(), c.hidden.Rows()))
	// OpenCV takes what lies around a region from the picture, and mirrors only beyond the picture's edge.
	from, to := c.hidden.Region(touched), c.smooth.Region(touched)
	defer from.Close()
	defer to.Close()
	if err := c.Smoother.Apply(from, &c.part); err != nil {
		return err
	}
	c.part.CopyTo(&to)
	return nil
}

// put writes a smoothed view into a place of the batch.
func (c *Checker) put(place int, smoothed gocv.Mat) error {
	pixels, err := smoothed.DataPtrUint8()
	if err != nil {
		return err
	}
	return c.Classifier.Fill(place, pixels)
}

// compare reads the answers of the first batch. It says whether all masked views have the picture's, and whether none has Correct, each
// sure enough.
func (c *Checker) compare(clean frame.Probabilities, p *frame.Proof) (sure, never bool) {
	label, mine := clean.Best()
	p.Label = label
	sure, never = true, true
	for i := range c.masks {
		other, its := c.Classifier.Probabilities(c.first + i).Best()
		c.one[i] = other
		never = never && other != frame.Correct && its > c.Certainty
		if other == label {
			sure = sure && its > c.Certainty
			continue
		}
		sure = false
		if its > c.Certainty {
			p.Suspicion |= frame.MasksDisagree
			p.Conflict = max(p.Conflict, min(mine, its))
		}
	}
	clear(c.two)
	for i, label := range c.one {
		c.two[i*len(c.masks)+i] = label
	}
	return sure, never
}

package defense

import "gocv.io/x/gocv"

// WorstPairs is how many pairs of masks double masking classifies at most: all but those within the majority, which with three
// labels is a third of the masks at least. With 9 masks these are 33.
func (c *Checker) WorstPairs() int {
	all, most := len(c.masks), (len(c.masks)+2)/3
	return all*(all-1)/2 - most*(most-1)/2
}

// Single classifies the picture alone: what one pass costs.
func (c *Checker) Single(crop gocv.Mat) error {
	if err := c.accept(crop); err != nil {
		return err
	}
	if err := c.Smoother.Apply(crop, &c.clean); err != nil {
		return err
	}
	if err := c.put(0, c.clean); err != nil {
		return err
	}
	return c.run(1)
}

// Load classifies the views behind each mask and behind so many pairs of masks, whatever the answers are, and returns the number of
// passes. bench measures with it, as no picture can be made to disagree on request.
func (c *Checker) Load(crop gocv.Mat, pairs int) (passes int, err error) {
	if err := c.accept(crop); err != nil {
		return 0, err
	}
	c.passes = 0
	n, err := c.fillSingles(crop, true)
	if err != nil {
		return 0, err
	}
	if err := c.run(n); err != nil {
		return 0, err
	}
	for done := 0; done < pairs; {
		n := min(chunk, pairs-done)
		for k := range n {
			if err := c.fillHidden(k, crop, (done+k)%len(c.masks), (done+2*k+1)%len(c.masks)); err != nil {
				return 0, err
			}
		}
		if err := c.run(n); err != nil {
			return 0, err
		}
		done += n
	}
	return c.passes, nil
}

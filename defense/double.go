package defense

import (
	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/frame"
)

// chunk is how many pairs are classified at once: few, as the first that disagrees ends the search.
const chunk = 4

// recovered is double masking's answer: that of a mask in the minority behind which all others agree with it, else the
// majority's. No pair is classified twice, so with 9 masks it takes 33 passes at most.
func (c *Checker) recovered(crop gocv.Mat) (frame.Label, error) {
	answer := majority(c.one)
	for d, label := range c.one {
		if label == answer {
			continue
		}
		won, err := c.agree(crop, d, label)
		if err != nil {
			return frame.Unknown, err
		}
		if won {
			return label, nil
		}
	}
	return answer, nil
}

// certifyPairs raises the guarantee to Recovery where all pairs have the answer, too.
func (c *Checker) certifyPairs(crop gocv.Mat, p *frame.Proof) error {
	for d := range c.masks {
		same, err := c.agree(crop, d, p.Label)
		if err != nil || !same {
			return err
		}
	}
	p.Certified = frame.Recovery
	return nil
}

// agree says whether every view behind mask d and one more has the label; it stops at the first chunk that has not.
func (c *Checker) agree(crop gocv.Mat, d int, label frame.Label) (bool, error) {
	row := c.two[d*len(c.masks):][:len(c.masks)]
	for _, known := range row {
		if known != frame.Unknown && known != label {
			return false, nil
		}
	}
	for j := 0; j < len(row); {
		n := 0
		for ; j < len(row) && n < chunk; j++ {
			if row[j] != frame.Unknown {
				continue
			}
			if err := c.fillHidden(n, crop, d, j); err != nil {
				return false, err
			}
			c.pairs[n] = j
			n++
		}
		if n == 0 {
			break
		}
		if err := c.run(n); err != nil {
			return false, err
		}
		if !c.note(d, n, label) {
			return false, nil
		}
	}
	return true, nil
}

// note keeps the answers behind mask d and each mask of the chunk, and says whether all are the label.
func (c *Checker) note(d, n int, label frame.Label) (same bool) {
	same = true
	for k, j := range c.pairs[:n] {
		got, _ := c.Classifier.Probabilities(k).Best()
		c.two[d*len(c.masks)+j], c.two[j*len(c.masks)+d] = got, got
		same = same && got == label
	}
	return same
}

// majority is the label of most; of labels with equally many the last class, as none is the safe answer.
func majority(labels []frame.Label) frame.Label {
	var votes [frame.NumClasses]int
	for _, l := range labels {
		votes[l.Index()]++
	}
	best := 0
	for i, n := range votes {
		if n >= votes[best] {
			best = i
		}
	}
	return frame.Class(best)
}

package defense

import (
	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/frame"
)

// chunk is how many pairs are classified at once: few, as the first that disagrees ends the search.
const chunk = 4

// recovered is double masking's answer: that of a mask in the minority behind which all others agree with it, else the majority's. Where
// that is Correct, the masks are asked once more, in two classes: one behind which all others deny Correct, whichever label they give,
// wins with its own. No pair is classified twice, so with 9 masks it takes 33 passes at most.
func (c *Checker) recovered(crop gocv.Mat) (frame.Label, error) {
	answer := majority(c.one)
	label, err := c.minority(crop, answer, has)
	if err == nil && label == frame.Unknown && answer == frame.Correct {
		label, err = c.minority(crop, answer, denies)
	}
	if err != nil || label != frame.Unknown {
		return label, err
	}
	return answer, nil
}

// minority is the label behind the first mask that has another than the answer, and whose every pair agrees; Unknown where none is.
func (c *Checker) minority(crop gocv.Mat, answer frame.Label, agrees agreement) (frame.Label, error) {
	for d, label := range c.one {
		if label == answer {
			continue
		}
		won, err := c.agree(crop, d, label, agrees)
		if err != nil {
			return frame.Unknown, err
		}
		if won {
			return label, nil
		}
	}
	return frame.Unknown, nil
}

// certifyPairs raises the guarantee to Recovery where all pairs have the answer that all single masks have, too.
func (c *Checker) certifyPairs(crop gocv.Mat, p *frame.Proof) error {
	same, err := c.allPairs(crop, p.Label, has)
	if same {
		p.Certified = frame.Recovery
	}
	return err
}

// certifyNever proves NeverCorrect where no pair has Correct either. Each single mask must deny it already, surely enough.
func (c *Checker) certifyNever(crop gocv.Mat, p *frame.Proof) (err error) {
	if p.Certified == frame.Recovery {
		p.NeverCorrect = p.Label != frame.Correct
		return nil
	}
	p.NeverCorrect, err = c.allPairs(crop, frame.Unknown, denies)
	if p.NeverCorrect {
		p.Area = c.area
	}
	return err
}

// allPairs says whether every pair of masks agrees.
func (c *Checker) allPairs(crop gocv.Mat, label frame.Label, agrees agreement) (bool, error) {
	for d := range c.masks {
		if all, err := c.agree(crop, d, label, agrees); err != nil || !all {
			return false, err
		}
	}
	return true, nil
}

// agreement says whether an answer agrees with a label.
type agreement func(got, label frame.Label) bool

func has(got, label frame.Label) bool { return got == label }
func denies(got, _ frame.Label) bool  { return got != frame.Correct }

// agree says whether every view behind mask d and one more agrees with the label; it stops at the first chunk that has not.
func (c *Checker) agree(crop gocv.Mat, d int, label frame.Label, agrees agreement) (bool, error) {
	row := c.two[d*len(c.masks):][:len(c.masks)]
	for _, known := range row {
		if known != frame.Unknown && !agrees(known, label) {
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
		if !c.note(d, n, label, agrees) {
			return false, nil
		}
	}
	return true, nil
}

// note keeps the answers behind mask d and each mask of the chunk, and says whether all agree.
func (c *Checker) note(d, n int, label frame.Label, agrees agreement) (all bool) {
	all = true
	for k, j := range c.pairs[:n] {
		got, _ := c.Classifier.Probabilities(k).Best()
		c.two[d*len(c.masks)+j], c.two[j*len(c.masks)+d] = got, got
		all = all && agrees(got, label)
	}
	return all
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

package daemon

import (
	"time"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/frame"
)

// decide counts the frame's votes and makes the decisions that are due. The defense looks at one face a frame at most, so
// that three people who come at once hold up three frames a little and not one for long: who has to wait is due again at
// the next good frame.
func (p *Pipeline) decide(f *frame.Frame) error {
	clock := time.Now()
	due := p.Voter.Vote(f)
	f.Took[frame.Vote] = time.Since(clock)
	p.made = p.made[:0]
	for _, i := range due {
		proof, err := p.prove(f, i)
		if err != nil {
			return err
		}
		p.made = p.Voter.Decide(f, i, proof, p.made)
		if proof.Checked {
			break
		}
	}
	for _, track := range p.Tracker.Ended() {
		p.made = p.Voter.End(track, p.made)
	}
	return nil
}

// prove lets the defense look at a face of the frame; the answer is all zero where it is off.
func (p *Pipeline) prove(f *frame.Frame, i int) (frame.Proof, error) {
	clock := time.Now()
	proof, err := p.look(f.Image, f.Faces[i].Box, &f.Faces[i].Probs)
	if proof.Checked {
		f.Took[frame.Check] = time.Since(clock)
	}
	return proof, err
}

func (p *Pipeline) look(img gocv.Mat, box frame.Box, known *frame.Probabilities) (frame.Proof, error) {
	if p.Checker == nil {
		return frame.Proof{}, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.cut(img, box); err != nil {
		return frame.Proof{}, err
	}
	return p.Checker.Check(p.crop, known)
}

package pipeline

import (
	"time"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/frame"
)

// decide counts the frame's votes and makes the decisions that are due. At most one face a frame is certified, so that three
// people who come at once delay three frames a little and not one for long. Who has to wait is due again at the next good frame.
func (p *Pipeline) decide(f *frame.Frame) error {
	clock := time.Now()
	due := p.Voter.Vote(f)
	f.Took[frame.Vote] = time.Since(clock)
	p.made = p.made[:0]
	for _, i := range due {
		clock = time.Now()
		proof, err := p.certify(f.Image, f.Faces[i].Box, &f.Faces[i].Probs)
		if err != nil {
			return err
		}
		took := time.Since(clock)
		p.made = p.Voter.Decide(f, i, proof, p.made)
		if proof.Checked {
			f.Took[frame.Check] = took
			break
		}
	}
	for _, track := range p.Tracker.Ended() {
		p.made = p.Voter.End(track, p.made)
	}
	return nil
}

// certify runs the certified check on a face whose probabilities are known. The proof is zero where the check is off.
func (p *Pipeline) certify(img gocv.Mat, box frame.Box, known *frame.Probabilities) (frame.Proof, error) {
	if p.Engine.Checker == nil {
		return frame.Proof{}, nil
	}
	p.Engine.mu.Lock()
	defer p.Engine.mu.Unlock()
	if err := p.cut(img, box); err != nil {
		return frame.Proof{}, err
	}
	return p.Engine.Checker.Check(p.crop, known)
}

package suite

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/maskwarden/maskwarden/attack"
	"github.com/maskwarden/maskwarden/frame"
)

// group is how many faces are attacked at once, for memory.
const group = 16

// Model is what is attacked.
type Model struct {
	ID         string
	Classes    []string       // in the order of the logits
	Network    attack.Network // gives gradients; nil: none can be had
	Classifier Classifier     // in use: its answers count
	Smooth     Smooth         // before the network, and known to the attack; nil: no smoothing
}

// Evaluation attacks faces at several strengths.
type Evaluation struct {
	Method    Method
	Strengths []float64 // rising
	Faces     *Faces    // one or more, none with the label Target
	Target    frame.Label
	Seed      uint64

	// Progress is called with what is attacked just now, and the share of the work that is done. nil: it is not.
	Progress func(what string, done float64)
}

// Run attacks a model. With an error, such as ctx's, it returns what was measured until then.
func (e *Evaluation) Run(ctx context.Context, m *Model) (*Result, error) {
	r := &Result{Model: m.ID}
	from := time.Now()
	defer func() { r.Seconds = math.Round(10*time.Since(from).Seconds()) / 10 }()
	w, err := e.prepare(ctx, m)
	if err != nil {
		return r, err
	}
	clean, err := w.classify(w.faces.Pixels)
	if err != nil {
		return r, err
	}
	r.Points = []Point{w.point(0, clean)}
	if e.Method.Nearest {
		return r, w.nearest(r, clean)
	}
	for i, strength := range e.Strengths {
		images, made, err := w.attack(strength, i, len(e.Strengths))
		if err != nil {
			return r, err
		}
		answers, err := w.classify(images)
		if err != nil {
			return r, err
		}
		r.Points = append(r.Points, w.point(strength, answers))
		if made != nil {
			r.Patches = append(r.Patches, *made)
		}
	}
	return r, nil
}

// work is one evaluation of one model.
type work struct {
	*Evaluation
	ctx   context.Context // ends the network's answers
	model *Model
	faces *attack.Faces
	size  int // values of an image
}

func (e *Evaluation) prepare(ctx context.Context, m *Model) (*work, error) {
	faces, err := e.Faces.attacked(m.Classes, e.Target)
	if err != nil {
		return nil, err
	}
	return &work{e, ctx, m, faces, faces.Height * faces.Width * 3}, nil
}

// attack returns the attacked faces at one of several strengths.
func (w *work) attack(strength float64, i, strengths int) (images []float32, made *Made, err error) {
	n, step := len(w.faces.Labels), group
	if w.Method.Whole {
		step = n
	}
	for from := 0; from < n; from += step {
		faces := part(w.faces, from, min(from+step, n))
		j := w.Method.attack(strength, faces, w.Seed+uint64(from))
		net, err := w.network(faces, &counted{each: func(asked int) {
			here := min(float64(asked)/float64(j.images*len(faces.Labels)), 1) * float64(len(faces.Labels))
			w.progress(j.Name, (float64(i)+(float64(from)+here)/float64(n))/float64(strengths))
		}})
		if err != nil {
			return nil, nil, err
		}
		attacked, err := j.Run(net, faces)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", j.Name, err)
		}
		images, made = append(images, attacked...), j.made
	}
	return images, made, nil
}

func (w *work) progress(what string, done float64) {
	if w.Progress != nil {
		w.Progress(what, done)
	}
}

// network is what the attack asks: it ends with the context, and tells how often it was asked.
func (w *work) network(faces *attack.Faces, c *counted) (attack.Network, error) {
	if w.Method.BlackBox {
		c.Network = &blackBox{w.model.Classifier, w.model.Smooth, w.size}
		return Cancelable(w.ctx, c), nil
	}
	c.Network = w.model.Network
	net, err := ScaleLogits(Cancelable(w.ctx, c), faces.Pixels, len(faces.Labels))
	if err == nil && w.model.Smooth != nil {
		net = Smoothed(net, w.model.Smooth, w.size)
	}
	return net, err
}

// classify asks the classifier in use about images.
func (w *work) classify(images []float32) ([]int, error) {
	if err := w.ctx.Err(); err != nil {
		return nil, err
	}
	pixels := make([][]byte, len(images)/w.size)
	for i := range pixels {
		pixels[i] = Bytes(images[i*w.size : (i+1)*w.size])
	}
	return Classify(w.model.Classifier, w.model.Smooth, pixels)
}

// point counts answers at one strength.
func (w *work) point(strength float64, answers []int) Point {
	examples := make([]Example, len(answers))
	for i := range examples {
		examples[i].Face = i
	}
	o := NewOutcome(w.faces.Labels, examples, answers)
	p := Point{Strength: strength, Accuracy: NewShare(o.Kept(), len(answers))}
	class := func(l frame.Label) int { return slices.Index(w.model.Classes, l.String()) }
	if taken, of := o.Taken(class(frame.None), class(frame.Correct)); of > 0 {
		share := NewShare(taken, of)
		p.NoneCorrect = &share
	}
	if w.Target != frame.Unknown {
		reached := 0
		for _, answer := range answers {
			if answer == class(w.Target) {
				reached++
			}
		}
		share := NewShare(reached, len(answers))
		p.Target = &share
	}
	return p
}

package selftest

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/pack"
)

// Certified holds the certified check in use against its definition: to the last byte in what it shows the classifier, and in what
// it finds in golden faces and in blends of two, which contradict themselves.
type Certified struct{ Defense *Defense }

// Name implements Check.
func (Certified) Name() string { return "certified" }

// Run implements Check. Value is the largest error of how far masked views contradict.
func (c Certified) Run(ctx context.Context) Result {
	d := c.Defense
	if d.Open == nil {
		return skip(defenseOff)
	}
	r := Result{Result: Fail, Limit: d.Pack.Manifest.Tolerance[d.Pack.Kind], Unit: "probability", Hint: defenseHint}
	o, err := d.oracle()
	if err != nil {
		return failed(err, defenseHint)
	}
	defer o.close() //nolint:errcheck // it frees pixels only
	if err := c.views(o); err != nil {
		return failed(err, defenseHint)
	}
	t := tally{limit: r.Limit}
	err = d.with(d.Network, func(w Witness, crop gocv.Mat) error { return c.compare(ctx, o, &t, w, crop) })
	r.Value = t.worst
	if err != nil {
		r.Detail = err.Error()
		return r
	}
	r.Result, r.Hint = Pass, ""
	r.Detail = fmt.Sprintf("%d of %d golden faces certified, %d of %d blends suspected, as by the definition (seed %d)",
		t.certified, t.faces, t.suspected, t.blends, d.Seed)
	if t.suspected == 0 {
		r.Result, r.Hint = Warn, "no blend of this pack's golden faces contradicts itself: what masks change cannot be seen; make the pack again with more of them"
	}
	return r
}

// tally counts what was found.
type tally struct {
	limit                               float64
	worst                               float64
	faces, certified, blends, suspected int
}

// views holds what the certified check shows a classifier of a known picture against the definition.
func (c Certified) views(o *oracle) error {
	pixels := make([]byte, o.Pack.Manifest.Input.Size())
	pack.GoldenInput(1, pixels)
	var seen recorder
	err := c.Defense.with(&seen, func(w Witness, crop gocv.Mat) error {
		_, err := inspect(w, crop, pixels)
		return err
	})
	if err != nil {
		return err
	}
	for _, m := range o.masks {
		want, err := o.view(pixels, m)
		if err != nil {
			return err
		}
		if !saw(seen.pictures, want) {
			return fmt.Errorf("the classifier is not shown the picture behind the mask at %v, smoothed after it", m)
		}
	}
	return nil
}

// compare asks both about golden faces, then about blends until enough contradict themselves.
func (c Certified) compare(ctx context.Context, o *oracle, t *tally, w Witness, crop gocv.Mat) error {
	return o.each(ctx, rand.New(rand.NewPCG(o.Seed, 1)), func(pixels []byte, name string) error {
		v, err := t.compare(o, w, crop, pixels, name)
		t.faces++
		if v.certain {
			t.certified++
		}
		return err
	}, func(pixels []byte, name string) (bool, error) {
		v, err := t.compare(o, w, crop, pixels, name)
		t.blends++
		if v.disagree {
			t.suspected++
		}
		return v.disagree, err
	})
}

// compare asks both about one picture.
func (t *tally) compare(o *oracle, w Witness, crop gocv.Mat, pixels []byte, name string) (verdict, error) {
	v, err := o.judge(pixels)
	if err != nil {
		return v, err
	}
	p, err := inspect(w, crop, pixels)
	if err != nil {
		return v, err
	}
	if by := math.Abs(float64(p.Conflict - v.conflict)); !(by <= t.worst) {
		t.worst = by
	}
	sure := p.Certified >= frame.Detection
	switch {
	case p.Label != v.label:
		return v, fmt.Errorf("%s: the check says %v, by the definition it is %v", name, p.Label, v.label)
	case p.Suspicion&frame.MasksDisagree != 0 != v.disagree:
		return v, fmt.Errorf("%s: masks disagree: %t, by the definition %t", name, !v.disagree, v.disagree)
	case sure != v.certain:
		return v, fmt.Errorf("%s: certified: %t, by the definition %t", name, sure, v.certain)
	case !(t.worst <= t.limit):
		return v, fmt.Errorf("%s: masked views contradict by %.4f, by the definition by %.4f", name, p.Conflict, v.conflict)
	case p.Certified == frame.Recovery:
		return v, o.recoverable(pixels, v.label, name)
	}
	return v, nil
}

// recoverable is an error unless the picture has the label behind every pair of masks.
func (o *oracle) recoverable(pixels []byte, label frame.Label, name string) error {
	for _, m := range o.masks {
		same, err := o.agree(pixels, m, label)
		if err != nil {
			return err
		}
		if !same {
			return fmt.Errorf("%s: certified for recovery, yet behind two masks it is not %v", name, label)
		}
	}
	return nil
}

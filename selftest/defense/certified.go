package defense

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/selftest"
)

// Certified compares the certified check in use with its definition: to the last byte in what it gives the classifier, and in what
// it finds in golden faces and in blends of two, which contradict themselves. The value is the largest error of how far masked views
// contradict.
func Certified(d *Defense) selftest.Check {
	return selftest.Check{
		Name: "certified", Severity: selftest.Fault,
		Asks: "does the certified check give the classifier the very pictures that its definition wants, and find what that finds: " +
			"in golden faces, and in blends of two, which contradict themselves?",
		Remedy: "start the daemon again; if it comes back, copy program and pack again",
		Needs:  []selftest.Need{d.certifying()},
		Run:    d.certified,
	}
}

func (d *Defense) certified(ctx context.Context, seed uint64) selftest.Result {
	ref, err := d.reference()
	if err != nil {
		return selftest.Failed(err, hintDefense)
	}
	defer ref.close() //nolint:errcheck // it frees pixels only
	if err := ref.compareViews(); err != nil {
		return selftest.Failed(err, hintDefense)
	}
	t := tally{limit: d.Pack.Tolerance(d.Pack.Kind)}
	err = d.with(d.Network, func(w Certifier, crop gocv.Mat) error { return t.compareAll(ctx, ref, w, crop, seed) })
	r := selftest.Result{
		Result: selftest.Pass, Quantity: "error", Value: t.worst, Bound: selftest.AtMost, Limit: t.limit, Unit: "probability",
		Detail: fmt.Sprintf("%d of %d golden faces certified, %d of %d blends suspected, as by the definition (seed %d)",
			t.certified, t.faces, t.suspected, t.blends, seed),
	}
	switch {
	case err != nil:
		r.Result, r.Hint, r.Detail = selftest.Fail, hintDefense, err.Error()
	case t.suspected == 0:
		r.Result = selftest.Warn
		r.Hint = "no blend of this pack's golden faces contradicts itself: what masks change cannot be seen; make the pack again with more of them"
	}
	return r
}

// tally counts what was found.
type tally struct {
	limit                               float64
	worst                               float64
	faces, certified, blends, suspected int
}

// compareViews is an error unless the certified check gives a classifier of a known picture what the definition wants.
func (r *reference) compareViews() error {
	pixels := make([]byte, r.Pack.Manifest.Input.Size())
	pack.GoldenInput(1, pixels)
	var seen recorder
	err := r.with(&seen, func(w Certifier, crop gocv.Mat) error {
		_, err := inspect(w, crop, pixels)
		return err
	})
	if err != nil {
		return err
	}
	for _, m := range r.masks {
		want, err := r.view(pixels, m)
		if err != nil {
			return err
		}
		if !saw(seen.pictures, want) {
			return fmt.Errorf("the classifier is not given the picture behind the mask at %v, smoothed after it", m)
		}
	}
	return nil
}

// compareAll asks both about golden faces, then about blends until enough contradict themselves.
func (t *tally) compareAll(ctx context.Context, r *reference, w Certifier, crop gocv.Mat, seed uint64) error {
	return r.each(ctx, rand.New(rand.NewPCG(seed, 1)), func(pixels []byte, name string) error {
		v, err := t.compare(r, w, crop, pixels, name)
		t.faces++
		if v.certain {
			t.certified++
		}
		return err
	}, func(pixels []byte, name string) (bool, error) {
		v, err := t.compare(r, w, crop, pixels, name)
		t.blends++
		if v.disagree {
			t.suspected++
		}
		return v.disagree, err
	})
}

// compare asks both about one picture.
func (t *tally) compare(r *reference, w Certifier, crop gocv.Mat, pixels []byte, name string) (verdict, error) {
	v, err := r.certify(pixels)
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
	}
	if p.Certified == frame.Recovery {
		if err := r.pairs(pixels, v.label, has, name+": certified for recovery, yet behind two masks it is not "+v.label.String()); err != nil {
			return v, err
		}
	}
	if p.NeverCorrect {
		return v, r.pairs(pixels, frame.Unknown, denies, name+": certified never to be correct, yet behind two masks it is")
	}
	return v, nil
}

// pairs is an error unless the picture's answers behind every pair of masks agree with a label.
func (r *reference) pairs(pixels []byte, label frame.Label, agrees agreement, wrong string) error {
	for _, m := range r.masks {
		all, err := r.agree(pixels, m, label, agrees)
		if err != nil {
			return err
		}
		if !all {
			return errors.New(wrong)
		}
	}
	return nil
}

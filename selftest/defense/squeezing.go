package defense

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/defense"
	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/selftest"
	"github.com/maskwarden/maskwarden/selftest/model"
)

// Squeezing compares feature squeezing (Xu et al. 2018, arXiv:1704.01155) in use with its definition: the known bytes of the squeezed
// picture, the distances of golden faces and of blends of two, and what exceeds the pack's threshold. The value is the share of the golden
// faces that are flagged.
func Squeezing(d *Defense) selftest.Check {
	return selftest.Check{
		Name: "squeezing", Severity: selftest.Drift,
		Asks: "do the squeezers give the known bytes and the distances of the definition, and flag no more golden faces than the pack's " +
			"false alarm rate and chance allow?",
		Remedy: "start the daemon again; if it comes back, copy program and pack again. A rate too high: the pack's threshold does not fit its model",
		Needs:  []selftest.Need{d.certifying(), d.squeezing()},
		Run:    d.squeeze,
	}
}

// squeezing is the need of feature squeezing.
func (d *Defense) squeezing() selftest.Need {
	return selftest.Need{Name: "`defense.squeezing`, a pack with its threshold and golden faces", Lacks: func() string {
		switch {
		case d.Pack.Manifest.Squeezing == nil:
			return "the pack has no threshold for feature squeezing"
		case !d.Squeeze:
			return "defense.squeezing is off"
		case len(model.GoldenFaces(d.Pack)) == 0:
			return "the pack holds no golden faces"
		}
		return ""
	}}
}

func (d *Defense) squeeze(ctx context.Context, seed uint64) selftest.Result {
	s := &squeezed{Defense: d, Squeezing: d.Pack.Manifest.Squeezing}
	if err := s.open(); err != nil {
		return selftest.Failed(err, hintDefense)
	}
	defer s.close()
	err := s.known()
	if err == nil {
		err = d.with(d.Network, func(w Certifier, crop gocv.Mat) error { return s.compare(ctx, w, crop, seed) })
	}
	if err != nil {
		return selftest.Failed(err, hintDefense)
	}
	r := s.grade()
	r.Detail += fmt.Sprintf(" (seed %d)", seed)
	return r
}

func (s *squeezed) grade() selftest.Result {
	r := selftest.Result{
		Result: selftest.Pass, Quantity: "flagged faces", Value: float64(s.flagged) / float64(s.faces),
		Bound: selftest.AtMost, Limit: allowed(s.Pack.FalsePositiveRate(), s.faces, 0), Unit: "share",
		Detail: fmt.Sprintf("%d of %d golden faces and %d of %d blends exceed %.4g, as by the definition", s.flagged, s.faces, s.strange, s.blends, s.Threshold),
	}
	switch {
	case r.Value > r.Limit:
		r.Result, r.Hint = selftest.Fail, "the pack's threshold does not fit its model: make the pack again"
	case s.strange == 0:
		r.Result = selftest.Warn
		r.Hint = "no blend of this pack's golden faces exceeds its threshold: whether attacks would cannot be seen; make the pack again with more of them"
	}
	return r
}

// squeezed is feature squeezing by the definition, and what it found.
type squeezed struct {
	*Defense
	*pack.Squeezing
	median defense.Smoother
	blur   *model.FaceSmoother // the median

	faces, flagged, blends, strange int
}

func (s *squeezed) open() error {
	in := s.Pack.Manifest.Input
	s.median.Window = s.Window
	if err := s.median.Initialize(); err != nil {
		return err
	}
	s.blur = model.NewFaceSmoother(&s.median, in.Height, in.Width)
	return model.KnownMedian(&s.median, s.Window) // its own answer is known
}

func (s *squeezed) close() { _ = errors.Join(s.median.Close(), s.blur.Close()) }

// top is the highest level of a channel.
func (s *squeezed) top() int { return 1<<s.Bits - 1 }

// reduced has fewer bits a channel: on the levels 0 to top.
func (s *squeezed) reduced(pixels []byte) []byte {
	levels := make([]byte, len(pixels))
	for i, v := range pixels {
		levels[i] = byte(math.RoundToEven(float64(v) * float64(s.top()) / 255))
	}
	return levels
}

// known is an error unless a classifier is given the known squeezed forms of a known picture.
func (s *squeezed) known() error {
	pixels := make([]byte, s.Pack.Manifest.Input.Size())
	pack.GoldenInput(1, pixels)
	var seen recorder
	err := s.with(&seen, func(w Certifier, crop gocv.Mat) error {
		_, err := inspect(w, crop, pixels)
		return err
	})
	if err != nil {
		return err
	}
	if seen.top != s.top() || !saw(seen.levels, s.reduced(pixels)) {
		return fmt.Errorf("the classifier is not given the picture with %d bits a channel", s.Bits)
	}
	blurred, err := s.blur.Smooth(pixels)
	if err != nil {
		return err
	}
	if !saw(seen.pictures, blurred) {
		return fmt.Errorf("the classifier is not given the picture's median over %d pixels", s.Window)
	}
	return nil
}

// compare asks the check in use and the definition about golden faces, then about blends until enough exceed the threshold.
func (s *squeezed) compare(ctx context.Context, w Certifier, crop gocv.Mat, seed uint64) error {
	return s.each(ctx, rand.New(rand.NewPCG(seed, 2)), func(pixels []byte, name string) error {
		flagged, err := s.flags(w, crop, pixels, name)
		s.faces++
		if flagged {
			s.flagged++
		}
		return err
	}, func(pixels []byte, name string) (bool, error) {
		flagged, err := s.flags(w, crop, pixels, name)
		s.blends++
		if flagged {
			s.strange++
		}
		return flagged, err
	})
}

// flags says whether the check in use flags a picture; it is an error where that or the distance is not as by the definition.
func (s *squeezed) flags(w Certifier, crop gocv.Mat, pixels []byte, name string) (bool, error) {
	want, err := s.distance(pixels)
	if err != nil {
		return false, err
	}
	p, err := inspect(w, crop, pixels)
	if err != nil {
		return false, err
	}
	flagged := p.Suspicion&frame.SqueezeDiffers != 0
	if exceeds := float64(p.Distance) > s.Threshold; flagged != exceeds {
		return false, fmt.Errorf("%s: the distance %.4f is flagged: %t, but the pack's threshold is %.4f", name, p.Distance, flagged, s.Threshold)
	}
	if by := math.Abs(float64(p.Distance) - want); !(by <= s.Pack.Tolerance(s.Pack.Kind)) {
		return false, fmt.Errorf("%s: the squeezed forms differ by %.4f, by the definition by %.4f", name, p.Distance, want)
	}
	return flagged, nil
}

// distance is the largest L1 distance, 0 to 2, between the probabilities of a picture, not smoothed, and of its squeezed forms.
func (s *squeezed) distance(pixels []byte) (largest float64, err error) {
	plain, err := answer(s.Network, func() error { return s.Network.Fill(0, pixels) })
	if err != nil {
		return 0, err
	}
	blurred, err := s.blur.Smooth(pixels)
	if err != nil {
		return 0, err
	}
	for _, fill := range []func() error{
		func() error { return s.Network.FillLevels(0, s.reduced(pixels), s.top()) },
		func() error { return s.Network.Fill(0, blurred) },
	} {
		form, err := answer(s.Network, fill)
		if err != nil {
			return 0, err
		}
		sum := 0.0
		for i := range plain {
			sum += math.Abs(float64(plain[i]) - float64(form[i]))
		}
		largest = max(largest, sum)
	}
	return largest, nil
}

package deep

import (
	"context"
	"fmt"
	"strings"

	"github.com/maskwarden/maskwarden/attack/suite"
	"github.com/maskwarden/maskwarden/selftest"
)

// Names of the curves.
const alone, behind = "network alone", "behind the smoothing"

const (
	curveSteps = 10
	noise      = 1.0 / 12 // share of the faces by which accuracy may rise with the strength, since each attack begins elsewhere
)

// Curve measures accuracy against strength: PGD from 0 to 16/255. The value is the area under the accuracy behind the smoothing, see
// selftest.Curve.Area; the limit is that under the least accuracy at each strength.
func Curve(s *Suite) selftest.Check {
	return s.check(selftest.Check{
		Name: "deep_curve", Strength: true,
		Asks:   "how does accuracy fall with the strength of PGD, 10 steps at 0, 1, 2, 4, 8 and 16/255? The value is the area under the curve",
		Remedy: remedy + ". It fails, too, when accuracy rises with the strength by more than a twelfth of the faces, which no sound attack shows",
	}, s.curve)
}

func (s *Suite) curve(ctx context.Context) selftest.Result {
	clean, err := s.clean(ctx)
	if err != nil {
		return failed(err)
	}
	curves := [...]selftest.Curve{{Name: alone}, {Name: behind}}
	var published []figures
	add := func(strength float64, o *outcomes) {
		for i, of := range [...]suite.Outcome{o.alone, o.behind()} {
			taken, unmasked := s.noneCorrect(of)
			c := &curves[i]
			c.Unit, c.Faces, c.Unmasked = "255ths of a pixel's range", len(s.faces.bytes), unmasked
			c.Points = append(c.Points, selftest.Point{
				Strength: strength, Accuracy: of.Accuracy(), NoneCorrect: float64(taken) / float64(max(1, unmasked)),
			})
		}
		published = append(published, linf(strength, s.evaluation, byPGD))
	}
	add(0, clean)
	for _, strength := range [...]float64{1, 2, 4, 8, 16} {
		o, err := s.attack(ctx, suite.PGD(strength, curveSteps, 1, s.seed))
		if err != nil {
			return failed(err)
		}
		add(strength, o)
	}
	r := s.compareCurves(&curves[0], &curves[1], published)
	r.Curves = curves[:]
	return r
}

// compareCurves compares each point with the pack's figure, and with the point before it.
func (s *Suite) compareCurves(byItself, smoothed *selftest.Curve, published []figures) selftest.Result {
	r := selftest.Result{Result: selftest.Pass, Quantity: "area under accuracy", Value: smoothed.Area()}
	least := selftest.Curve{}
	known := true
	problem := ""
	for _, c := range []*selftest.Curve{byItself, smoothed} {
		for i, p := range c.Points {
			f := published[i].behind
			if c == byItself {
				f = published[i].alone
			} else {
				least.Points = append(least.Points, selftest.Point{Strength: p.Strength, Accuracy: f.least(c.Faces)})
			}
			known = known && f.known
			switch {
			case problem != "":
			case f.known && p.Accuracy < f.least(c.Faces):
				problem = fmt.Sprintf("%s, %.2f of the faces keep their label at %g/255, at least %.2f must", c.Name, p.Accuracy, p.Strength, f.least(c.Faces))
			case i > 0 && p.Accuracy > c.Points[i-1].Accuracy+noise:
				problem = fmt.Sprintf("%s, accuracy rises from %.2f at %g/255 to %.2f at %g/255: the gradients mislead",
					c.Name, c.Points[i-1].Accuracy, c.Points[i-1].Strength, p.Accuracy, p.Strength)
			}
		}
	}
	strengths := list(smoothed, func(p selftest.Point) string { return fmt.Sprintf("%g", p.Strength) })
	share := func(p selftest.Point) string { return fmt.Sprintf("%.2f", p.Accuracy) }
	r.Detail = fmt.Sprintf("%s keep their label at %s/255: %s %s; %s %s (seed %d)",
		s.describeFaces(), strengths, behind, list(smoothed, share), alone, list(byItself, share), s.seed)
	switch {
	case problem != "":
		r.Result, r.Hint, r.Detail = selftest.Fail, weaker, problem+"; "+r.Detail
	case !known:
		r.Detail += "; the pack has no figures to compare with"
		if r.Value < half {
			r.Result, r.Hint = selftest.Warn, unknown
		}
	}
	if known {
		r.Bound, r.Limit = selftest.AtLeast, least.Area()
	}
	return r
}

// list writes something of each point.
func list(c *selftest.Curve, what func(selftest.Point) string) string {
	all := make([]string, len(c.Points))
	for i, p := range c.Points {
		all[i] = what(p)
	}
	return strings.Join(all, ", ")
}

package deep

import (
	"context"
	"fmt"
	"strings"

	"github.com/maskwarden/maskwarden/selftest"
)

// Names of what a curve shows.
const byItself, behindIt = "network alone", "behind the smoothing"

const (
	curveSteps = 10
	noise      = 1.0 / 12 // share of the faces by which accuracy may rise with the strength, since each attack begins elsewhere
)

// Curve measures accuracy against strength: PGD from 0 to 16/255.
type Curve struct{ Lab *Lab }

// Name implements selftest.Check.
func (Curve) Name() string { return "deep_curve" }

// Run implements selftest.Check. Value is the area under the accuracy behind the smoothing, see selftest.Curve.Area; Limit that under the
// least accuracy at each strength.
func (c Curve) Run(ctx context.Context) selftest.Result {
	l := c.Lab
	clean, err := l.untouched()
	if err != nil {
		return failed(err)
	}
	n, bare := len(l.faces.bytes), len(l.faces.bare)
	alone := selftest.Curve{Name: byItself, Unit: "255ths of a pixel's range", Faces: n, Bare: bare, Points: []selftest.Point{point(0, clean.alone)}}
	behind := alone
	behind.Name, behind.Points = behindIt, []selftest.Point{point(0, clean.behind())}
	made := []figures{linf(0, l.evaluation, byPGD)}
	for _, strength := range [...]float64{1, 2, 4, 8, 16} {
		o, err := l.strike(ctx, l.pgd(strength, curveSteps, 1))
		if err != nil {
			return failed(err)
		}
		alone.Points, behind.Points = append(alone.Points, point(strength, o.alone)), append(behind.Points, point(strength, o.behind()))
		made = append(made, linf(strength, l.evaluation, byPGD))
	}
	r := l.weigh(&alone, &behind, made)
	r.Curves = []selftest.Curve{alone, behind}
	return r
}

// untouched is what becomes of faces that nobody attacked.
func (l *Lab) untouched() (*outcome, error) {
	if err := l.prepare(); err != nil {
		return nil, err
	}
	shots := make([]shot, len(l.faces.bytes))
	for i, face := range l.faces.bytes {
		shots[i] = shot{i, face}
	}
	alone, _, err := l.see(shots, false)
	if err != nil {
		return nil, err
	}
	behind, _, err := l.see(shots, true)
	return &outcome{alone: alone, transfer: behind, adaptive: behind}, err
}

func point(strength float64, f fate) selftest.Point {
	return selftest.Point{Strength: strength, Accuracy: f.accuracy(), NoneCorrect: f.through()}
}

// weigh compares each point with the pack's figure, and with the point before it.
func (l *Lab) weigh(alone, behind *selftest.Curve, made []figures) selftest.Result {
	r := selftest.Result{Result: selftest.Pass, Value: behind.Area(), Unit: "area"}
	least := selftest.Curve{}
	known := true
	amiss := ""
	for _, c := range []*selftest.Curve{alone, behind} {
		for i, p := range c.Points {
			f := made[i].behind
			if c == alone {
				f = made[i].alone
			} else {
				least.Points = append(least.Points, selftest.Point{Strength: p.Strength, Accuracy: f.least(c.Faces)})
			}
			known = known && f.there
			switch {
			case amiss != "":
			case f.there && p.Accuracy < f.least(c.Faces):
				amiss = fmt.Sprintf("%s, %.2f of the faces keep their label at %g/255, at least %.2f must", c.Name, p.Accuracy, p.Strength, f.least(c.Faces))
			case i > 0 && p.Accuracy > c.Points[i-1].Accuracy+noise:
				amiss = fmt.Sprintf("%s, accuracy rises from %.2f at %g/255 to %.2f at %g/255: the gradients mislead",
					c.Name, c.Points[i-1].Accuracy, c.Points[i-1].Strength, p.Accuracy, p.Strength)
			}
		}
	}
	strengths := list(behind, func(p selftest.Point) string { return fmt.Sprintf("%g", p.Strength) })
	share := func(p selftest.Point) string { return fmt.Sprintf("%.2f", p.Accuracy) }
	r.Detail = fmt.Sprintf("%s keep their label at %s/255: %s %s; %s %s (seed %d)",
		l.who(), strengths, behindIt, list(behind, share), byItself, list(alone, share), l.Seed)
	switch {
	case amiss != "":
		r.Result, r.Hint, r.Detail = selftest.Fail, weaker, amiss+"; "+r.Detail
	case !known:
		r.Detail += "; the pack has no figures to compare with"
		if r.Value < half {
			r.Result, r.Hint = selftest.Warn, unknown
		}
	}
	if known {
		r.Limit = least.Area()
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

package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/maskwarden/maskwarden/attack"
	"github.com/maskwarden/maskwarden/attack/suite"
	"github.com/maskwarden/maskwarden/frame"
)

// plan checks the flags.
func (c *attackCmd) plan() (*attackPlan, error) {
	method, err := c.method()
	if err != nil {
		return nil, err
	}
	p := &attackPlan{Method: method, strengths: slices.Compact(slices.Sorted(slices.Values(c.Strength)))}
	if len(p.strengths) == 0 {
		p.strengths = method.Strengths
	}
	for _, s := range p.strengths {
		if !(s > 0 && s <= method.Most) {
			return nil, fmt.Errorf("--strength: %g, want above 0, at most %g (%s)", s, method.Most, method.Unit)
		}
	}
	from, err := label("--from", c.From)
	if err != nil {
		return nil, err
	}
	if p.target, err = label("--to", c.To); err != nil {
		return nil, err
	}
	if from == p.target && from != frame.Unknown {
		return nil, fmt.Errorf("--from and --to are both %s: want another label to attack towards", from)
	}
	if c.Limit < 0 {
		return nil, fmt.Errorf("--limit: %d, want 1 or more, or 0 for all", c.Limit)
	}
	for i := range frame.NumClasses {
		if l := frame.Class(i); l != p.target && (from == frame.Unknown || l == from) {
			p.labels = append(p.labels, l)
		}
	}
	return p, nil
}

func (c *attackCmd) method() (suite.Method, error) {
	var names []string
	for _, m := range suite.Methods() {
		names = append(names, m.Name)
		if m.Name != c.Method {
			continue
		}
		switch {
		case c.Universal && m.Name != "patch":
			return m, fmt.Errorf("--universal: only patches can be made for all faces, want --method patch, not %s", m.Name)
		case c.EOT && !c.Universal:
			return m, errors.New("--eot: only universal patches are made for it, want --method patch --universal")
		case c.EOT:
			paper := attack.Paper()
			return suite.Universal(&paper), nil
		case c.Universal:
			return suite.Universal(nil), nil
		}
		return m, nil
	}
	return suite.Method{}, fmt.Errorf("--method: %q, want one of %s", c.Method, strings.Join(names, ", "))
}

// label reads a flag's label, Unknown where there is none.
func label(flag, name string) (frame.Label, error) {
	if name == "" {
		return frame.Unknown, nil
	}
	if l, err := frame.ParseLabel(name); err == nil && l != frame.Unknown {
		return l, nil
	}
	return frame.Unknown, fmt.Errorf("%s: %q, want correct, incorrect or none", flag, name)
}

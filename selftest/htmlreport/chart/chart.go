// Package chart draws accuracy against the strength of an attack, for pages.
package chart

import (
	_ "embed" // for the drawing
	"fmt"
	"math"
	"strings"

	"github.com/maskwarden/maskwarden/selftest"
)

// Template defines the templates "chart", which draws one Chart, and "chart-style", the CSS for it.
//
//go:embed chart.html
var Template string

// The plot's size and place in a drawing of chartWidth x chartHeight units.
const (
	chartWidth, chartHeight = 640, 300
	plotLeft, plotTop       = 56, 16
	plotWidth, plotHeight   = 560, 224
	plotRight, plotBottom   = plotLeft + plotWidth, plotTop + plotHeight
	shareLines              = 4 // of the grid, from 0 to 1
	solid, dashed           = "", "7 4"
)

// Chart is the curves of one check, ready to be drawn.
type Chart struct {
	Check, Unit   string
	Width, Height int
	Left, Top     int
	Right, Bottom int
	Across, Up    []tick
	Lines         []line
}

// tick is a mark on an axis.
type tick struct {
	At   float64
	Text string
}

// line is one series. Those that look alike differ in their dashes, too, for a page that is printed in gray.
type line struct {
	Name   string
	Color  string
	Dashes string
	Path   string
	Dots   []dot
}

type dot struct {
	X, Y float64
	Text string
}

// Draw puts the curves of each check into one chart: both shares of each curve, over strengths from 0 on.
func Draw(curves []selftest.Curve) (all []Chart) {
	for _, c := range curves {
		if len(all) == 0 || all[len(all)-1].Check != c.Check || all[len(all)-1].Unit != c.Unit {
			all = append(all, newChart(c))
		}
		one := &all[len(all)-1]
		dashes := solid
		if len(one.Lines) > 0 {
			dashes = dashed
		}
		one.add(c, c.Name+": keep their label", "#0b5cad", dashes, func(p selftest.Point) float64 { return p.Accuracy })
		if c.Unmasked > 0 {
			one.add(c, c.Name+": none → correct", "#a40e26", dashes, func(p selftest.Point) float64 { return p.NoneCorrect })
		}
	}
	return all
}

// newChart has the axes for a curve and those of the same strengths.
func newChart(c selftest.Curve) Chart {
	one := Chart{
		Check: c.Check, Unit: c.Unit, Width: chartWidth, Height: chartHeight,
		Left: plotLeft, Top: plotTop, Right: plotRight, Bottom: plotBottom,
	}
	for i := range shareLines + 1 {
		share := float64(i) / shareLines
		one.Up = append(one.Up, tick{up(share), fmt.Sprintf("%g %%", 100*share)})
	}
	for _, p := range c.Points {
		one.Across = append(one.Across, tick{across(p.Strength, c), fmt.Sprintf("%g", p.Strength)})
	}
	return one
}

func (c *Chart) add(of selftest.Curve, name, color, dashes string, value func(selftest.Point) float64) {
	l := line{Name: name, Color: color, Dashes: dashes}
	var path []string
	for _, p := range of.Points {
		d := dot{across(p.Strength, of), up(value(p)), fmt.Sprintf("%s at %g: %.0f %%", name, p.Strength, 100*value(p))}
		l.Dots, path = append(l.Dots, d), append(path, fmt.Sprintf("%g,%g", d.X, d.Y))
	}
	l.Path = strings.Join(path, " ")
	c.Lines = append(c.Lines, l)
}

// across is the place of a strength; the last of a curve lies at the right.
func across(strength float64, c selftest.Curve) float64 {
	most := 0.0
	for _, p := range c.Points {
		most = max(most, p.Strength)
	}
	if most == 0 {
		return plotLeft
	}
	return tenth(plotLeft + plotWidth*strength/most)
}

// up is the place of a share.
func up(share float64) float64 { return tenth(plotBottom - plotHeight*share) }

func tenth(v float64) float64 { return math.Round(10*v) / 10 }

package suite

import "math"

// Share is a part of some faces, with its 95 % interval. Stable, scripts read it.
type Share struct {
	Count int     `json:"count"`
	Of    int     `json:"of"`
	Share float64 `json:"share"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// normal95 is the standard normal's quantile of 0.975.
const normal95 = 1.959964

// NewShare has the interval of Wilson (1927), which holds for few faces and near 0 and 1, too.
func NewShare(count, of int) Share {
	if of == 0 {
		return Share{High: 1}
	}
	n, p := float64(of), float64(count)/float64(of)
	z2 := normal95 * normal95
	middle := (p + z2/(2*n)) / (1 + z2/n)
	half := normal95 / (1 + z2/n) * math.Sqrt(p*(1-p)/n+z2/(4*n*n))
	return Share{count, of, round(p), round(max(0, middle-half)), round(min(1, middle+half))}
}

// round leaves four digits, more than so few faces can tell apart.
func round(v float64) float64 { return math.Round(1e4*v) / 1e4 }

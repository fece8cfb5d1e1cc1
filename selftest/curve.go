package selftest

// Curve is how well faces kept their labels under one attack of growing strength.
type Curve struct {
	Check    string  `json:"check"`
	Name     string  `json:"name"`  // what was attacked: the network alone, behind the smoothing
	Unit     string  `json:"unit"`  // of the strength
	Faces    int     `json:"faces"` // that were attacked
	Unmasked int     `json:"bare"`  // of those, unmasked
	Points   []Point `json:"points"`
}

// Point is what came of one strength.
type Point struct {
	Strength    float64 `json:"strength"`
	Accuracy    float64 `json:"accuracy"`     // share of the faces that kept their label, 0 to 1
	NoneCorrect float64 `json:"none_correct"` // share of the unmasked ones that were taken for correct masks, 0 to 1
}

// Area is the area under the accuracy over the strengths, by the trapezoid rule, as a part of what it would be if no face ever lost its
// label: 0 to 1. The points go from the least strength to the greatest, and are two or more.
func (c *Curve) Area() float64 {
	area := 0.0
	for i, to := range c.Points[1:] {
		from := c.Points[i]
		area += (to.Strength - from.Strength) * (from.Accuracy + to.Accuracy) / 2
	}
	return area / (c.Points[len(c.Points)-1].Strength - c.Points[0].Strength)
}

package suite

import (
	"math"
	"slices"

	"github.com/maskwarden/maskwarden/frame"
)

// nearest looks for the smallest change of each face, and counts at each distance the faces that need no more.
func (w *work) nearest(r *Result, clean []int) error {
	images, _, err := w.attack(0, 0, 1)
	if err != nil {
		return err
	}
	answers, err := w.classify(images)
	if err != nil {
		return err
	}
	distances := make([]float64, len(answers)) // infinite where the attack did not succeed
	for i, answer := range answers {
		switch {
		case w.succeeds(i, clean[i]):
			answers[i] = clean[i]
		case w.succeeds(i, answer):
			distances[i] = distance(images[i*w.size:(i+1)*w.size], w.faces.Pixels[i*w.size:(i+1)*w.size])
		default:
			distances[i] = math.Inf(1)
		}
	}
	for _, strength := range w.Strengths {
		within := slices.Clone(clean)
		for i, d := range distances {
			if d <= strength {
				within[i] = answers[i]
			}
		}
		r.Points = append(r.Points, w.point(strength, within))
	}
	r.Distance = newDistance(distances)
	return nil
}

// succeeds reports whether an answer to a face is what the attack wants.
func (w *work) succeeds(face, answer int) bool {
	if w.Target != frame.Unknown {
		return answer == w.faces.Targets[face]
	}
	return answer != w.faces.Labels[face]
}

// Distance is how far the faces were from the nearest image that succeeds: L2, of values in [0, 1]. A face that is taken for something else
// without any change has 0.
type Distance struct {
	Median    *float64 `json:"median"` // of all faces; null where the attack succeeded on fewer than half
	Succeeded Share    `json:"succeeded"`
}

func newDistance(distances []float64) *Distance {
	d := slices.Sorted(slices.Values(distances))
	succeeded := slices.IndexFunc(d, func(v float64) bool { return math.IsInf(v, 1) })
	if succeeded < 0 {
		succeeded = len(d)
	}
	found := &Distance{Succeeded: NewShare(succeeded, len(d))}
	if median := (d[(len(d)-1)/2] + d[len(d)/2]) / 2; !math.IsInf(median, 1) {
		median = round(median)
		found.Median = &median
	}
	return found
}

// distance is the L2 length of the change from one image to another, as the classifier gets them: rounded to bytes.
func distance(a, b []float32) float64 {
	square := 0.0
	x, y := Bytes(a), Bytes(b)
	for i := range x {
		d := (float64(x[i]) - float64(y[i])) / 255
		square += d * d
	}
	return math.Sqrt(square)
}

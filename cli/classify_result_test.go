package cli

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/report/reporttest"
)

// TestClassifyShowsTheSafetyFields of a video's decisions. No self-test stands behind a command, so nothing is verified.
func TestClassifyShowsTheSafetyFields(t *testing.T) {
	for what, c := range map[string]classifyCmd{"classify": {}, "classify --json": {JSON: true}} {
		reporttest.CheckFields(t, what, func(e report.Event) string {
			var out bytes.Buffer
			r := &classified{Decisions: []videoDecision{{Track: e.Track, Label: e.Label, Reason: e.Reason, Defense: e.Defense}}}
			if err := c.print(&out, r); err != nil {
				t.Fatal(err)
			}
			return out.String()
		}, "verified")
	}
}

func TestRoundedProbabilitiesSumToOne(t *testing.T) {
	if got := rounded(frame.Probabilities{}); got.Correct != 0 || got.Incorrect != 0 || got.None != 0 {
		t.Errorf("not classified: %+v, want zeros", got)
	}
	third := float32(1) / 3
	cases := []frame.Probabilities{{third, third, third}, {1, 0, 0}, {0.995, 0.005, 0}, {0.125, 0.125, 0.75}}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		a, b, c := rng.Float32(), rng.Float32(), rng.Float32()
		cases = append(cases, frame.Probabilities{a / (a + b + c), b / (a + b + c), c / (a + b + c)})
	}
	for _, p := range cases {
		r := rounded(p)
		sum := 0.0
		for i, got := range []float64{r.Correct, r.Incorrect, r.None} {
			sum += math.Round(100 * got)
			if off := math.Abs(got - float64(p[i])); off > 0.01+1e-6 {
				t.Errorf("%v became %+v", p, r)
			}
		}
		if sum != 100 {
			t.Errorf("%v became %+v, which sums to %g hundredths", p, r, sum)
		}
	}
}

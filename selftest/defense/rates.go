package defense

import "math"

// What the pack's rates allow beyond the rate at which a patch succeeded when it was made. That rate was measured on whole patches, upright
// and at their own size, on photos of the val split; here they are turned, scaled and lit otherwise, on few averaged faces.
const (
	accuracyTolerance = 0.10
	successTolerance  = 0.05
	deviations        = 3 // of the binomial distribution, for so few faces
)

// allowed is the largest share of n trials that may succeed where a share made did when the patches were made.
func allowed(made float64, n int, tolerance float64) float64 {
	return min(1, made+tolerance+deviations*math.Sqrt(made*(1-made)/float64(n)))
}

// trial is what became of all faces with one patch.
type trial struct {
	file     string
	from, to string
	success  float64 // share of the faces that got the label which the patch aims at, when it was made
	lost     float64 // share of the faces that lost their label, when it was made
	faces    int     // that were classified
	right    int     // that kept their label
	aimed    int     // that got the label the patch aims at
	passed   int     // unmasked ones that were taken for correct
}

// rate is the share of faces that got the label the patch aims at.
func (t *trial) rate() float64 { return float64(t.aimed) / float64(t.faces) }

// total is what became of the faces of several trials.
type total struct {
	faces, right, aimed, passed int
	made                        float64 // share of the faces that should have got the label which their patch aims at
	lost                        float64 // share of the faces that should have lost their label
}

func sum(trials []trial) (all total) {
	for _, t := range trials {
		all.faces, all.right, all.aimed = all.faces+t.faces, all.right+t.right, all.aimed+t.aimed
		all.passed += t.passed
		all.made += t.success * float64(t.faces)
		all.lost += t.lost * float64(t.faces)
	}
	all.made /= float64(max(1, all.faces))
	all.lost /= float64(max(1, all.faces))
	return all
}

// accuracy is the share of the faces that kept their label.
func (t total) accuracy() float64 { return float64(t.right) / float64(t.faces) }

// least is the least accuracy that the pack's rates allow.
func (t total) least() float64 { return 1 - allowed(t.made, t.faces, accuracyTolerance) }

// leastKept is the least accuracy that the shares which the patches left their label allow.
func (t total) leastKept() float64 { return 1 - allowed(t.lost, t.faces, accuracyTolerance) }

// passing is the share of the unmasked faces that were taken for correct.
func (t total) passing() float64 { return float64(t.passed) / float64(max(1, t.faces)) }

// most is the largest rate that the pack's rates allow.
func (t total) most() float64 { return allowed(t.made, t.faces, successTolerance) }

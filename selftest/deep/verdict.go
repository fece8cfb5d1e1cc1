package deep

import (
	"fmt"

	"github.com/maskwarden/maskwarden/selftest"
)

// half of the faces must keep their label where the pack has no figures.
const half = 0.5

const unknown = "take a pack whose evaluation.json has figures: whether this is as strong as it was made, nobody can tell"

const weaker = "do not trust this camera: its network withstands less than when it was made; look at model_answers, deep_runtime and smoothing first"

// verdict compares what came out with the pack's figures. Value is the share of the faces that keep their label behind the smoothing,
// whichever attack was worse.
func (l *Lab) verdict(name string, o *outcome, made figures) selftest.Result {
	behind, n := o.behind(), len(l.faces.bytes)
	r := selftest.Result{
		Result: selftest.Pass, Value: behind.accuracy(), Unit: "share", Detail: l.describe(name, o), Pictures: o.pictures,
	}
	fails := func(format string, args ...any) selftest.Result {
		r.Result, r.Hint = selftest.Fail, weaker
		r.Detail = fmt.Sprintf(format, args...) + "; " + r.Detail
		return r
	}
	if !made.behind.there {
		r.Detail += "; the pack has no figure to compare with"
		if behind.accuracy() < half || count(behind.passed) > 0 {
			r.Result, r.Hint = selftest.Warn, unknown
		}
		return r
	}
	r.Limit = made.behind.least(n)
	if r.Value < r.Limit {
		return fails("behind the smoothing too few faces keep their label")
	}
	if least := made.alone.least(n); made.alone.there && o.alone.accuracy() < least {
		return fails("by the network alone %.2f of the faces keep their label, at least %.2f must", o.alone.accuracy(), least)
	}
	if most := made.through.most(behind.bare); made.through.there && behind.through() > most {
		return fails("%.2f of the bare faces pass as correct, at most %.2f may", behind.through(), most)
	}
	if r.Limit == 0 {
		r.Result = selftest.Warn
		r.Detail += fmt.Sprintf("; the pack's own figure, %.2f, is so low that this cannot fail", made.behind.value)
		r.Hint = "take a pack that was trained against attacks"
	}
	return r
}

// describe says what came out, and which attack was worse.
func (l *Lab) describe(name string, o *outcome) string {
	behind := o.behind()
	worse := "neither is worse"
	switch made, both := o.transfer.kept(), o.adaptive.kept(); {
	case both < made:
		worse = "the latter is worse"
	case made < both:
		worse = "the former is worse"
	}
	return fmt.Sprintf("%s: %d of %s keep their label behind the smoothing (%d if made against the network, %d if against both: %s), %d by the network alone; "+
		"none → correct: %d of %d behind the smoothing, %d by the network alone (seed %d)",
		name, behind.kept(), l.who(), o.transfer.kept(), o.adaptive.kept(), worse, o.alone.kept(),
		count(behind.passed), behind.bare, count(o.alone.passed), l.Seed)
}

// who says whose faces were attacked.
func (l *Lab) who() string {
	n, here := len(l.faces.bytes), len(l.faces.bytes)-l.faces.golden
	if here == 0 {
		return fmt.Sprintf("%d golden faces", n)
	}
	return fmt.Sprintf("%d faces, %d of them of this place,", n, here)
}

// failed is a check that could not attack.
func failed(err error) selftest.Result {
	return selftest.Result{Result: selftest.Fail, Detail: err.Error(), Hint: "copy the whole pack again; if it comes back, the TensorFlow library is broken"}
}

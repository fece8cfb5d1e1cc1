package health_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/health"
	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/selftest"
)

// bench is a machine whose clock the test turns.
type bench struct {
	health.Machine
	now     time.Time
	changes []string
	again   time.Time // what Conditions returned
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{now: time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC)}
	b.Now = func() time.Time { return b.now }
	b.Hold = 30 * time.Second
	b.OnChange = func(from, to health.Status) {
		b.changes = append(b.changes, string(from.State)+" > "+string(to.State)+": "+strings.Join(report.Texts(to.Reasons), " + "))
	}
	if err := b.Initialize(); err != nil {
		t.Fatal(err)
	}
	return b
}

// severities of the checks in these tests; one that is missing has none.
var severities = map[string]selftest.Severity{
	"model_answers": selftest.Vital, "pack_hash": selftest.Vital, "delegate": selftest.Vital,
	"camera_dark": selftest.Drift, "disk": selftest.Fault, "clock": selftest.Fault,
}

// results makes results from words such as "model_answers=fail"; na is skipped because it does not apply.
func results(words ...string) (all []selftest.Result) {
	for _, w := range words {
		name, result, _ := strings.Cut(w, "=")
		r := selftest.Result{Name: name, Severity: severities[name], Result: result}
		switch result {
		case selftest.Fail:
			r.Detail, r.Hint = "found wrong", "fix it"
		case "na":
			r.Result, r.NotApplicable = selftest.Skipped, true
		}
		all = append(all, r)
	}
	return all
}

// step does one thing to the machine, said in words: begin; pass RESULTS; RESULT; now PROBLEMS; wait DURATION.
func (b *bench) step(t *testing.T, text string) {
	t.Helper()
	words := strings.Fields(text)
	switch words[0] {
	case "begin":
		b.Begin()
	case "pass":
		b.Pass(results(words[1:]...))
	case "wait":
		d, err := time.ParseDuration(words[1])
		if err != nil {
			t.Fatal(err)
		}
		b.now = b.now.Add(d)
	case "now":
		b.again = b.Conditions(problems(strings.TrimPrefix(text, "now")))
	default:
		for _, r := range results(words...) {
			b.Result(r)
		}
	}
}

// problems makes reasons from "subject: finding + subject: finding".
func problems(text string) (all []report.Reason) {
	for p := range strings.SplitSeq(text, " + ") {
		if subject, finding, ok := strings.Cut(strings.TrimSpace(p), ": "); ok {
			all = append(all, report.Reason{Subject: subject, Finding: finding})
		}
	}
	return all
}

const good = "pass model_answers=pass pack_hash=pass disk=pass camera_dark=pass"

// TestTransitions goes through every way from one state to another, and the ways that there must not be.
func TestTransitions(t *testing.T) {
	const (
		begin   = "begin"
		vital   = "self-test model_answers: found wrong; fix it"
		disk    = "self-test disk: found wrong; fix it"
		dark    = "self-test camera_dark: found wrong; fix it"
		skipped = "self-test model_answers: skipped"
		hash    = "self-test pack_hash: found wrong; fix it"
	)
	for _, c := range []struct {
		name    string
		steps   []string
		state   health.State
		reasons []string
	}{
		{"init", nil, health.Init, nil},
		{"init > selftest", []string{begin}, health.SelfTest, nil},
		{"init stays: a result is no full pass", []string{"disk=pass model_answers=pass disk=fail"}, health.Init, nil},
		{"init > fail_safe", []string{"pack_hash=fail"}, health.FailSafe, []string{hash}},
		{"selftest stays: single results", []string{begin, "disk=fail model_answers=pass"}, health.SelfTest, nil},
		{"selftest stays: conditions", []string{begin, "now camera a: gone", "wait 60s", "now camera a: gone"}, health.SelfTest, nil},
		{"selftest > operational", []string{begin, good}, health.Operational, nil},
		{"selftest > operational, with a warning", []string{begin, "pass model_answers=pass disk=warn"}, health.Operational, nil},
		{"selftest > operational, what is not vital skipped", []string{begin, "pass model_answers=pass camera_dark=skipped"}, health.Operational, nil},
		{"selftest > degraded", []string{begin, "pass model_answers=pass disk=fail"}, health.Degraded, []string{disk}},
		{"selftest > degraded by what stood before", []string{begin, "now mqtt: away", "wait 30s", "now mqtt: away", good}, health.Degraded, []string{"mqtt: away"}},
		{"selftest > fail_safe, in the midst of it", []string{begin, "model_answers=fail"}, health.FailSafe, []string{vital}},
		{"selftest > fail_safe", []string{begin, "pass model_answers=fail disk=fail"}, health.FailSafe, []string{vital}},
		{"selftest > fail_safe, skipped", []string{begin, "pass model_answers=skipped pack_hash=pass"}, health.FailSafe, []string{skipped}},
		{"selftest > operational, a vital check does not apply", []string{begin, "pass model_answers=pass delegate=na"}, health.Operational, nil},

		{"operational stays: begin", []string{begin, good, begin}, health.Operational, nil},
		{"operational stays: one drift", []string{begin, good, "camera_dark=fail"}, health.Operational, nil},
		{"operational stays: drifts not in a row", []string{begin, good, "camera_dark=fail camera_dark=pass camera_dark=fail"}, health.Operational, nil},
		{"operational stays: a condition that is short", []string{begin, good, "now mqtt: away", "wait 29s", "now mqtt: away"}, health.Operational, nil},
		{"operational stays: skipped", []string{begin, good, "model_answers=skipped disk=skipped"}, health.Operational, nil},
		{"operational > degraded, fault", []string{begin, good, "disk=fail"}, health.Degraded, []string{disk}},
		{"operational > degraded, a name not known", []string{begin, good, "new=fail"}, health.Degraded, []string{"self-test new: found wrong; fix it"}},
		{"operational > degraded, drift", []string{begin, good, "camera_dark=fail camera_dark=fail"}, health.Degraded, []string{dark}},
		{"operational > degraded, drift, full pass", []string{begin, good, "pass model_answers=pass camera_dark=fail"}, health.Degraded, []string{dark}},
		{"operational > degraded, condition, its detail changing", []string{begin, good, "now mqtt: away", "wait 15s", "now mqtt: no answer", "wait 15s", "now mqtt: refused"},
			health.Degraded, []string{"mqtt: refused"}},
		{"operational > fail_safe", []string{begin, good, "pack_hash=fail"}, health.FailSafe, []string{hash}},
		{"operational > fail_safe, two of them", []string{begin, good, "pack_hash=fail model_answers=fail"}, health.FailSafe, []string{vital, hash}},

		{"degraded stays: another fault", []string{begin, good, "disk=fail clock=fail disk=pass"}, health.Degraded, []string{"self-test clock: found wrong; fix it"}},
		{"degraded stays: drift has not passed often enough", []string{begin, good, "camera_dark=fail camera_dark=fail camera_dark=pass camera_dark=pass"}, health.Degraded, []string{dark}},
		{"degraded stays: skipped says nothing", []string{begin, good, "disk=fail disk=skipped"}, health.Degraded, []string{disk}},
		{"degraded stays: condition came back", []string{begin, good, "now a: x", "wait 30s", "now a: x", "wait 1s", "now", "wait 29s", "now a: y", "wait 1s", "now", "wait 29s", "now"},
			health.Degraded, []string{"a: y"}},
		{"degraded > operational, fault", []string{begin, good, "disk=fail disk=pass"}, health.Operational, nil},
		{"degraded > operational, drift", []string{begin, good, "camera_dark=fail camera_dark=fail camera_dark=pass camera_dark=pass camera_dark=pass"}, health.Operational, nil},
		{"degraded > operational, full pass", []string{begin, good, "camera_dark=fail camera_dark=fail", good}, health.Operational, nil},
		{"degraded > operational, full pass, skipped", []string{begin, good, "disk=fail", "pass model_answers=pass disk=skipped"}, health.Operational, nil},
		{"degraded > operational, condition", []string{begin, good, "now a: x", "wait 30s", "now a: x", "wait 1s", "now", "wait 30s", "now"}, health.Operational, nil},
		{"degraded > fail_safe", []string{begin, good, "disk=fail model_answers=fail"}, health.FailSafe, []string{vital}},

		{"fail_safe stays: the check passes alone", []string{begin, good, "model_answers=fail model_answers=pass"}, health.FailSafe, []string{vital}},
		{"fail_safe stays: begin", []string{begin, good, "model_answers=fail", begin}, health.FailSafe, []string{vital}},
		{"fail_safe stays: time", []string{begin, good, "model_answers=fail", "wait 100h", "now"}, health.FailSafe, []string{vital}},
		{"fail_safe stays: it fails again", []string{begin, good, "model_answers=fail", "pass model_answers=fail pack_hash=pass"}, health.FailSafe, []string{vital}},
		{"fail_safe stays: the check is not among the results", []string{begin, good, "model_answers=fail", "pass pack_hash=pass disk=pass"}, health.FailSafe, []string{vital}},
		{"fail_safe stays: another fails", []string{begin, good, "model_answers=fail", "pass model_answers=pass pack_hash=fail"}, health.FailSafe, []string{hash}},
		{"fail_safe stays: skipped", []string{begin, good, "model_answers=fail", "pass model_answers=skipped"}, health.FailSafe, []string{skipped}},
		{"fail_safe > operational", []string{begin, good, "model_answers=fail", good}, health.Operational, nil},
		{"fail_safe > degraded", []string{begin, good, "model_answers=fail", "pass model_answers=pass disk=fail"}, health.Degraded, []string{disk}},
		{"fail_safe > degraded, by what failed meanwhile", []string{begin, good, "model_answers=fail disk=fail", "pass model_answers=pass"}, health.Degraded, []string{disk}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			for _, s := range c.steps {
				b.step(t, s)
			}
			got := b.Status()
			if got.State != c.state || !slices.Equal(report.Texts(got.Reasons), c.reasons) || b.State() != got.State {
				t.Errorf("%s because %q, want %s because %q; changes:\n%s", got.State, report.Texts(got.Reasons), c.state, c.reasons, strings.Join(b.changes, "\n"))
			}
		})
	}
}

func TestSince(t *testing.T) {
	b := newBench(t)
	start := b.now
	for _, s := range []string{"begin", "wait 5s", good, "wait 1h", "disk=pass", "disk=fail"} {
		b.step(t, s)
	}
	if got := b.Status().Since; !got.Equal(start.Add(time.Hour + 5*time.Second)) {
		t.Errorf("degraded since %v", got)
	}
	at := b.now
	b.step(t, "wait 1m")
	b.step(t, "clock=fail")
	if got := b.Status(); !got.Since.Equal(at) || len(got.Reasons) != 2 {
		t.Errorf("another reason must not move the beginning: %+v", got)
	}
	want := []string{
		"init > selftest: ", "selftest > operational: ", "operational > degraded: self-test disk: found wrong; fix it",
		"degraded > degraded: self-test clock: found wrong; fix it + self-test disk: found wrong; fix it",
	}
	if !slices.Equal(b.changes, want) {
		t.Errorf("changes %q", b.changes)
	}
}

func TestNoClock(t *testing.T) {
	if err := (&health.Machine{}).Initialize(); err == nil || err.Error() != "health: no clock" {
		t.Errorf("got %v", err)
	}
}

// TestStates holds what leaves in each state. The names are those that are published.
func TestStates(t *testing.T) {
	type allows struct{ speaks, trusted bool }
	want := map[string]allows{"init": {}, "selftest": {}, "operational": {true, true}, "degraded": {true, true}, "fail_safe": {true, false}}
	got := map[string]allows{}
	for _, name := range report.HealthStates() {
		got[name] = allows{health.State(name).Speaks(), health.State(name).Trusted()}
	}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestStateAllocatesNothing(t *testing.T) {
	b := newBench(t)
	if n := testing.AllocsPerRun(100, func() { _ = b.State() }); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

package health_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/health"
	"github.com/maskwarden/maskwarden/selftest"
)

// bench is a machine whose clock the test turns.
type bench struct {
	health.Machine
	now     time.Time
	changes []string
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{now: time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC)}
	b.Now = func() time.Time { return b.now }
	b.Hold = 30 * time.Second
	b.OnChange = func(from, to health.Status) {
		b.changes = append(b.changes, string(from.State)+" > "+string(to.State)+": "+strings.Join(to.Reasons, "; "))
	}
	if err := b.Initialize(); err != nil {
		t.Fatal(err)
	}
	return b
}

// results makes results from words such as "model_answers=fail".
func results(words ...string) (all []selftest.Result) {
	for _, w := range words {
		name, result, _ := strings.Cut(w, "=")
		r := selftest.Result{Name: name, Result: result}
		if result == selftest.Fail {
			r.Detail, r.Hint = "found wrong", "mend it"
		}
		all = append(all, r)
	}
	return all
}

// step does one thing to the machine, said in words: begin; pass RESULTS; RESULT; amiss REASONS, after a wait.
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
	case "amiss":
		rest := strings.TrimSpace(strings.TrimPrefix(text, "amiss"))
		if rest == "" {
			b.Conditions(nil)
		} else {
			b.Conditions(strings.Split(rest, " + "))
		}
	default:
		for _, r := range results(words...) {
			b.Result(r)
		}
	}
}

const good = "pass model_answers=pass pack_hash=pass disk=pass camera_dark=pass"

// TestTransitions goes through every way from one state to another, and the ways that there must not be.
func TestTransitions(t *testing.T) {
	const (
		begin   = "begin"
		vital   = "self-test model_answers: found wrong: mend it"
		disk    = "self-test disk: found wrong: mend it"
		dark    = "self-test camera_dark: found wrong: mend it"
		skipped = "self-test model_answers: skipped"
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
		{"init > fail_safe", []string{"pack_hash=fail"}, health.FailSafe, []string{"self-test pack_hash: found wrong: mend it"}},
		{"selftest stays: single results", []string{begin, "disk=fail model_answers=pass"}, health.SelfTest, nil},
		{"selftest stays: conditions", []string{begin, "amiss camera a: gone", "wait 60s", "amiss camera a: gone"}, health.SelfTest, nil},
		{"selftest > operational", []string{begin, good}, health.Operational, nil},
		{"selftest > operational, with a warning", []string{begin, "pass model_answers=pass disk=warn"}, health.Operational, nil},
		{"selftest > operational, what is not vital skipped", []string{begin, "pass model_answers=pass camera_dark=skipped"}, health.Operational, nil},
		{"selftest > degraded", []string{begin, "pass model_answers=pass disk=fail"}, health.Degraded, []string{disk}},
		{"selftest > degraded by what stood before", []string{begin, "amiss mqtt: away", "wait 30s", "amiss mqtt: away", good}, health.Degraded, []string{"mqtt: away"}},
		{"selftest > fail_safe, in the midst of it", []string{begin, "model_answers=fail"}, health.FailSafe, []string{vital}},
		{"selftest > fail_safe", []string{begin, "pass model_answers=fail disk=fail"}, health.FailSafe, []string{vital}},
		{"selftest > fail_safe, skipped", []string{begin, "pass model_answers=skipped pack_hash=pass"}, health.FailSafe, []string{skipped}},
		{"selftest > fail_safe, none asked", []string{begin, "pass disk=pass"}, health.FailSafe, []string{"self-test: no known answer was asked for"}},

		{"operational stays: begin", []string{begin, good, begin}, health.Operational, nil},
		{"operational stays: one drift", []string{begin, good, "camera_dark=fail"}, health.Operational, nil},
		{"operational stays: drifts not in a row", []string{begin, good, "camera_dark=fail camera_dark=pass camera_dark=fail"}, health.Operational, nil},
		{"operational stays: a condition that is short", []string{begin, good, "amiss mqtt: away", "wait 29s", "amiss mqtt: away"}, health.Operational, nil},
		{"operational stays: skipped", []string{begin, good, "model_answers=skipped disk=skipped"}, health.Operational, nil},
		{"operational > degraded, fault", []string{begin, good, "disk=fail"}, health.Degraded, []string{disk}},
		{"operational > degraded, a name not known", []string{begin, good, "new=fail"}, health.Degraded, []string{"self-test new: found wrong: mend it"}},
		{"operational > degraded, drift", []string{begin, good, "camera_dark=fail camera_dark=fail"}, health.Degraded, []string{dark}},
		{"operational > degraded, drift, full pass", []string{begin, good, "pass model_answers=pass camera_dark=fail"}, health.Degraded, []string{dark}},
		{"operational > degraded, condition, its detail changing", []string{begin, good, "amiss mqtt: away", "wait 15s", "amiss mqtt: no answer", "wait 15s", "amiss mqtt: refused"},
			health.Degraded, []string{"mqtt: refused"}},
		{"operational > fail_safe", []string{begin, good, "smoothing=fail"}, health.FailSafe, []string{"self-test smoothing: found wrong: mend it"}},
		{"operational > fail_safe, one of several", []string{begin, good, "model_answers:int8=fail"}, health.FailSafe, []string{"self-test model_answers:int8: found wrong: mend it"}},

		{"degraded stays: another fault", []string{begin, good, "disk=fail clock=fail disk=pass"}, health.Degraded, []string{"self-test clock: found wrong: mend it"}},
		{"degraded stays: drift has not passed often enough", []string{begin, good, "camera_dark=fail camera_dark=fail camera_dark=pass camera_dark=pass"}, health.Degraded, []string{dark}},
		{"degraded stays: skipped says nothing", []string{begin, good, "disk=fail disk=skipped"}, health.Degraded, []string{disk}},
		{"degraded stays: condition came back", []string{begin, good, "amiss a: x", "wait 30s", "amiss a: x", "wait 1s", "amiss", "wait 29s", "amiss a: y", "wait 1s", "amiss", "wait 29s", "amiss"},
			health.Degraded, []string{"a: y"}},
		{"degraded > operational, fault", []string{begin, good, "disk=fail disk=pass"}, health.Operational, nil},
		{"degraded > operational, drift", []string{begin, good, "camera_dark=fail camera_dark=fail camera_dark=pass camera_dark=pass camera_dark=pass"}, health.Operational, nil},
		{"degraded > operational, full pass", []string{begin, good, "camera_dark=fail camera_dark=fail", good}, health.Operational, nil},
		{"degraded > operational, condition", []string{begin, good, "amiss a: x", "wait 30s", "amiss a: x", "wait 1s", "amiss", "wait 30s", "amiss"}, health.Operational, nil},
		{"degraded > fail_safe", []string{begin, good, "disk=fail model_answers=fail"}, health.FailSafe, []string{vital}},

		{"fail_safe stays: the check passes alone", []string{begin, good, "model_answers=fail model_answers=pass"}, health.FailSafe, []string{vital}},
		{"fail_safe stays: begin", []string{begin, good, "model_answers=fail", begin}, health.FailSafe, []string{vital}},
		{"fail_safe stays: time", []string{begin, good, "model_answers=fail", "wait 100h", "amiss"}, health.FailSafe, []string{vital}},
		{"fail_safe stays: it fails again", []string{begin, good, "model_answers=fail", "pass model_answers=fail pack_hash=pass"}, health.FailSafe, []string{vital}},
		{"fail_safe stays: another fails", []string{begin, good, "model_answers=fail", "pass model_answers=pass pack_hash=fail"}, health.FailSafe, []string{"self-test pack_hash: found wrong: mend it"}},
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
			if got.State != c.state || !slices.Equal(got.Reasons, c.reasons) || b.State() != got.State {
				t.Errorf("%s because %q, want %s because %q; changes:\n%s", got.State, got.Reasons, c.state, c.reasons, strings.Join(b.changes, "\n"))
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
		"init > selftest: ", "selftest > operational: ", "operational > degraded: self-test disk: found wrong: mend it",
		"degraded > degraded: self-test clock: found wrong: mend it; self-test disk: found wrong: mend it",
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

func TestSpeaks(t *testing.T) {
	for _, s := range health.States() {
		if want := s != health.Init && s != health.SelfTest; s.Speaks() != want {
			t.Errorf("%s speaks: %t", s, s.Speaks())
		}
	}
}

func TestStateAllocatesNothing(t *testing.T) {
	b := newBench(t)
	if n := testing.AllocsPerRun(100, func() { _ = b.State() }); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

func TestVerdict(t *testing.T) {
	for _, c := range []struct{ results, want string }{
		{"model_answers=pass disk=pass", "pass"},
		{"model_answers=pass disk=warn camera=skipped", "pass"},
		{"model_answers=pass disk=fail", "degraded"},
		{"disk=fail model_answers=fail", "fail"},
		{"disk=fail model_answers=skipped", "fail"},
	} {
		if got := health.Verdict(results(strings.Fields(c.results)...)); got != c.want {
			t.Errorf("%s: %s, want %s", c.results, got, c.want)
		}
	}
}

func TestRuleOf(t *testing.T) {
	for name, want := range map[string]health.Rule{
		"pack_hash": health.Vital, "pack_signature": health.Vital, "model_answers": health.Vital, "smoothing": health.Vital, "delegate": health.Vital,
		"model_answers:int8": health.Vital, "camera_dark:entrance": health.Drift, "camera_opens:entrance": health.Fault, "camera": health.Fault,
		"patch_accuracy": health.Drift, "patch_none_correct": health.Drift, "squeezing": health.Drift, "temperature": health.Drift,
		"detector": health.Fault, "disk": health.Fault, "spool": health.Fault, "certified": health.Fault, "what is to come": health.Fault,
	} {
		if got := health.RuleOf(name); got != want {
			t.Errorf("%s: rule %d, want %d", name, got, want)
		}
	}
}

package daemon_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/maskwarden/maskwarden/control"
	"github.com/maskwarden/maskwarden/pack/packtest"
	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/selftest"
)

// A camera that needs little of the processor, and decisions that need few frames.
const (
	small = "synthetic://?people=1&width=320&height=240&fps=5"
	quick = "decision: {min_votes: 2, half_life: 0s, repeat: 1s}\n"
)

// ask has the running daemon test itself.
func (u *unit) ask(t *testing.T) (result string, results []selftest.Result) {
	t.Helper()
	c, err := control.Dial(t.Context(), u.Config.ControlSocket())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	outcome, results, err := c.SelfTest(t.Context(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return outcome.Result, results
}

// last returns the newest event, or one without an id.
func (u *unit) last() report.Event {
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.events) == 0 {
		return report.Event{}
	}
	return u.events[len(u.events)-1]
}

// TestChangedModelJudgesNobody changes one byte of the running daemon's model file, and mends it again.
func TestChangedModelJudgesNobody(t *testing.T) {
	defer goleak.VerifyNone(t)
	dir := packtest.Copy(t, "../models/robust")
	u := start(t, fmt.Sprintf("classifier: {pack: %q}\ncameras: [{name: a, source: %q}]\n%s", dir, small, quick))
	until(t, "a verified label is published", func() bool { e := u.last(); return e.Label != "" && e.Label != "unknown" && e.Verified })
	if h := u.State().Health; h.State != "operational" || h.Reason != "" || h.Alarm || h.SelfTest == nil || h.SelfTest.Why != "start" || h.SelfTest.Result != "pass" {
		t.Errorf("health %+v", h)
	}
	file := filepath.Join(dir, "model.tflite")
	model, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	write := func(flip byte) {
		t.Helper()
		changed := append([]byte{}, model...)
		changed[len(changed)/2] ^= flip
		if err := os.WriteFile(file, changed, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(1)
	if verdict, results := u.ask(t); verdict != "fail" || len(results) < 10 {
		t.Errorf("got %s, %+v", verdict, results)
	}
	h := u.State().Health
	if h.State != "fail_safe" || !h.Alarm || !strings.Contains(h.Reason, "self-test pack_hash: ") || !slices.Equal(h.SelfTest.Failed, []string{"pack_hash", "pack_signature"}) {
		t.Errorf("health %+v", h)
	}
	if s := u.State(); s.Status != report.Degraded {
		t.Errorf("status %s, want degraded", s.Status)
	}
	before := u.last().Seq
	until(t, "somebody is reported as unknown", func() bool { return u.last().Seq >= before+3 })
	u.mu.Lock()
	for _, e := range u.events {
		if e.Seq > before+1 && (e.Label != "unknown" || e.Reason != report.FailSafe || e.Verified || e.Probabilities != report.Probabilities{}) {
			t.Errorf("in the fail-safe state: %+v", e)
		}
	}
	u.mu.Unlock()

	write(0)
	if got := u.State().Health.State; got != "fail_safe" {
		t.Errorf("%s without a full self-test", got)
	}
	if verdict, _ := u.ask(t); verdict != "pass" {
		t.Errorf("got %s", verdict)
	}
	until(t, "a verified label is published again", func() bool { e := u.last(); return e.Label != "unknown" && e.Verified })
	if h := u.State().Health; h.State != "operational" || h.Alarm || h.SelfTest.Why != "command" {
		t.Errorf("health %+v", h)
	}
	u.stop(t)
}

// TestLostCameraMarksDecisions shows that a decision made while the unit has a problem is marked, and is still published.
func TestLostCameraMarksDecisions(t *testing.T) {
	defer goleak.VerifyNone(t)
	u := start(t, `
cameras:
  - {name: dead, source: "rtsp://127.0.0.1:9/nothing"}
  - {name: alive, source: "`+small+`"}
selftest: {hold: 0s}
`+quick)
	until(t, "a label is published, marked as unverified", func() bool { e := u.last(); return e.Label != "" && e.Label != "unknown" && !e.Verified })
	h := u.State().Health
	if h.State != "degraded" || !strings.HasPrefix(h.Reason, "camera dead: ") || h.Alarm {
		t.Errorf("health %+v", h)
	}
	u.stop(t)
}

// TestChecksAreNobody has a camera see nothing while checks classify pictures of faces, again and again.
func TestChecksAreNobody(t *testing.T) {
	defer goleak.VerifyNone(t)
	u := start(t, `
cameras: [{name: a, source: "`+small+`", privacy_zones: [[0, 0, 1, 1]]}]
selftest: {interval: 1s, cpu: 0.5}
`)
	<-u.ready
	for range 3 {
		if verdict, _ := u.ask(t); verdict != "pass" {
			t.Errorf("got %s", verdict)
		}
	}
	text := get(t, "http://"+u.Page()+"/metrics")
	for _, want := range []string{
		`maskwarden_faces_total{camera="a",quality="good"} 0`, `maskwarden_people{camera="a"} 0`,
		`maskwarden_decisions_total{camera="a",label="correct"} 0`, `maskwarden_decisions_total{camera="a",label="unknown"} 0`,
		`maskwarden_health{state="operational"} 1`, `maskwarden_selftest_checks_total{check="model_answers",result="pass"} `,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in the metrics", want)
		}
	}
	if e := u.last(); e.ID != "" {
		t.Errorf("a check became an event: %+v", e)
	}
	u.stop(t)
}

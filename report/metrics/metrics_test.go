package metrics_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/report/metrics"
)

func newMetrics(t testing.TB) *metrics.Metrics {
	t.Helper()
	m := &metrics.Metrics{Version: "1.2.3", Model: "net@1:0badc0de", Cameras: []string{"front"}, State: state, Connected: func() bool { return true }}
	if err := m.Initialize(); err != nil {
		t.Fatal(err)
	}
	return m
}

// state is that of a daemon of which one camera is lost.
func state() report.State {
	return report.State{
		Status: report.Degraded,
		Cameras: []report.Camera{
			{Name: "front", Status: report.OK, Dropped: 4, People: 3},
			{Name: "back", Status: report.Lost, People: 2},
			{Name: "back", Status: report.OK},
		},
		Spool: report.Spool{Queued: 8, Dropped: 9},
		Health: report.Health{
			State: "fail_safe", Since: time.Unix(1_700_000_001, 0), Alarm: true,
			SelfTest: &report.SelfTest{Time: time.Unix(1_700_000_002, 0), Result: "fail", Failed: []string{"model_answers"}, Warned: []string{"disk", "clock"}},
		},
	}
}

func processed(camera string) *frame.Frame {
	return &frame.Frame{
		Camera: camera, Time: time.Unix(1_700_000_000, 5e8),
		Faces: []frame.Face{
			{Track: 1, Fresh: true},
			{Track: 2, Fresh: true, Quality: frame.Blurred},
			{Track: 3}, // carried on by the tracker
			{Fresh: true, Quality: 99},
		},
		Took: [frame.NumStages]time.Duration{frame.Decode: 2 * time.Millisecond, frame.Classify: 700 * time.Microsecond},
	}
}

func fill(m *metrics.Metrics) {
	m.ObserveFrame(processed("front"))
	m.ObserveFrame(processed("front"))
	m.ObserveEvent(report.Event{Camera: "front", Label: "incorrect"})
	m.ObserveEvent(report.Event{Camera: "front", Label: "a label that does not exist"})
	m.ObserveEvent(report.Event{Camera: "front", Label: "none", Defense: report.Defense{
		Certified: "detection", NeverCorrect: true, Suspected: true, Suspicion: []string{"squeeze_differs", "a suspicion that does not exist"},
	}})
	m.ObserveEvent(report.Event{Camera: "front", Label: "none", Defense: report.Defense{Suspected: true, Alarm: "attack"}})
	m.ObserveCheck("model_answers", "fail", 0.5)
}

func scrape(t *testing.T, m *metrics.Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	body, err := io.ReadAll(w.Result().Body)
	if err != nil || w.Code != http.StatusOK {
		t.Fatalf("%d %v: %s", w.Code, err, body)
	}
	return string(body)
}

func TestMetrics(t *testing.T) {
	m := newMetrics(t)
	fill(m)
	server := httptest.NewServer(m.Handler())
	defer server.Close()
	want := `
# HELP maskwarden_alarms_total Alarms about people, each raised once a person.
# TYPE maskwarden_alarms_total counter
maskwarden_alarms_total{alarm="attack",camera="front"} 1
maskwarden_alarms_total{alarm="probing",camera="front"} 0
# HELP maskwarden_camera_up 1 while the camera gives frames.
# TYPE maskwarden_camera_up gauge
maskwarden_camera_up{camera="back"} 0
maskwarden_camera_up{camera="front"} 1
# HELP maskwarden_decisions_certified_total Decisions with a guarantee against patches, by guarantee.
# TYPE maskwarden_decisions_certified_total counter
maskwarden_decisions_certified_total{camera="front",guarantee="detection"} 1
maskwarden_decisions_certified_total{camera="front",guarantee="never_correct"} 0
maskwarden_decisions_certified_total{camera="front",guarantee="recovery"} 0
# HELP maskwarden_decisions_never_correct_total Decisions that no patch can turn to correct, by label.
# TYPE maskwarden_decisions_never_correct_total counter
maskwarden_decisions_never_correct_total{camera="front",label="incorrect"} 0
maskwarden_decisions_never_correct_total{camera="front",label="none"} 1
# HELP maskwarden_decisions_suspected_total Decisions in whose frame something may force the answer, by why.
# TYPE maskwarden_decisions_suspected_total counter
maskwarden_decisions_suspected_total{camera="front",suspicion="masks_disagree"} 0
maskwarden_decisions_suspected_total{camera="front",suspicion="squeeze_differs"} 1
# HELP maskwarden_decisions_total Decisions about people.
# TYPE maskwarden_decisions_total counter
maskwarden_decisions_total{camera="front",label="correct"} 0
maskwarden_decisions_total{camera="front",label="incorrect"} 1
maskwarden_decisions_total{camera="front",label="none"} 1
maskwarden_decisions_total{camera="front",label="unknown"} 1
# HELP maskwarden_faces_total Faces found by the detector, by whether they could be classified.
# TYPE maskwarden_faces_total counter
maskwarden_faces_total{camera="front",quality="blurred"} 2
maskwarden_faces_total{camera="front",quality="good"} 2
maskwarden_faces_total{camera="front",quality="too_dark"} 0
maskwarden_faces_total{camera="front",quality="too_small"} 0
maskwarden_faces_total{camera="front",quality="turned_away"} 0
# HELP maskwarden_frames_dropped_total Frames dropped because the pipeline was busy.
# TYPE maskwarden_frames_dropped_total counter
maskwarden_frames_dropped_total{camera="back"} 0
maskwarden_frames_dropped_total{camera="front"} 4
# HELP maskwarden_frames_total Frames processed.
# TYPE maskwarden_frames_total counter
maskwarden_frames_total{camera="front"} 2
# HELP maskwarden_last_frame_timestamp_seconds When the last processed frame was taken, in Unix time; 0 before the first.
# TYPE maskwarden_last_frame_timestamp_seconds gauge
maskwarden_last_frame_timestamp_seconds{camera="front"} 1.7000000005e+09
# HELP maskwarden_health 1 for the state of health that the daemon is in.
# TYPE maskwarden_health gauge
maskwarden_health{state="degraded"} 0
maskwarden_health{state="fail_safe"} 1
maskwarden_health{state="init"} 0
maskwarden_health{state="operational"} 0
maskwarden_health{state="selftest"} 0
# HELP maskwarden_health_since_timestamp_seconds When the state of health began, in Unix time.
# TYPE maskwarden_health_since_timestamp_seconds gauge
maskwarden_health_since_timestamp_seconds 1.700000001e+09
# HELP maskwarden_mqtt_connected 1 while the broker has accepted the connection.
# TYPE maskwarden_mqtt_connected gauge
maskwarden_mqtt_connected 1
# HELP maskwarden_ok 1 while there is no problem: the state is neither starting nor degraded.
# TYPE maskwarden_ok gauge
maskwarden_ok 0
# HELP maskwarden_people People tracked in the last frame; absent while the camera is lost.
# TYPE maskwarden_people gauge
maskwarden_people{camera="front"} 3
# HELP maskwarden_selftest_checks_total Self-test checks that ran, by result.
# TYPE maskwarden_selftest_checks_total counter
maskwarden_selftest_checks_total{check="model_answers",result="fail"} 1
# HELP maskwarden_selftest_failed_checks Checks that failed in the last full self-test.
# TYPE maskwarden_selftest_failed_checks gauge
maskwarden_selftest_failed_checks 1
# HELP maskwarden_selftest_result 1 for the result of the last full self-test.
# TYPE maskwarden_selftest_result gauge
maskwarden_selftest_result{result="degraded"} 0
maskwarden_selftest_result{result="fail"} 1
maskwarden_selftest_result{result="pass"} 0
maskwarden_selftest_result{result="warn"} 0
# HELP maskwarden_selftest_seconds_total Time that self-test checks took.
# TYPE maskwarden_selftest_seconds_total counter
maskwarden_selftest_seconds_total 0.5
# HELP maskwarden_selftest_timestamp_seconds When the last full self-test ended, in Unix time.
# TYPE maskwarden_selftest_timestamp_seconds gauge
maskwarden_selftest_timestamp_seconds 1.700000002e+09
# HELP maskwarden_selftest_warned_checks Checks that warned in the last full self-test.
# TYPE maskwarden_selftest_warned_checks gauge
maskwarden_selftest_warned_checks 2
# HELP maskwarden_spool_dropped_total Events lost since the outbox was first made.
# TYPE maskwarden_spool_dropped_total counter
maskwarden_spool_dropped_total 9
# HELP maskwarden_spool_events Events waiting for the broker's acknowledgement.
# TYPE maskwarden_spool_events gauge
maskwarden_spool_events 8
`
	var names []string
	for line := range strings.Lines(want) {
		if rest, ok := strings.CutPrefix(line, "# TYPE "); ok {
			names = append(names, strings.Fields(rest)[0])
		}
	}
	if err := testutil.ScrapeAndCompare(server.URL, strings.NewReader(want), names...); err != nil {
		t.Error(err)
	}
	text := scrape(t, m)
	for _, line := range []string{
		`maskwarden_stage_duration_seconds_count{camera="front",stage="decode"} 2`,
		`maskwarden_stage_duration_seconds_bucket{camera="front",stage="classify",le="0.001"} 2`,
		`maskwarden_stage_duration_seconds_bucket{camera="front",stage="classify",le="0.0005"} 0`,
		`maskwarden_stage_duration_seconds_count{camera="front",stage="detect"} 0`,
		`version="1.2.3"} 1`,
		`model="net@1:0badc0de"`,
		"go_goroutines ",
		"process_open_fds ",
	} {
		if !strings.Contains(text, line) {
			t.Errorf("no %q in\n%s", line, text)
		}
	}
}

func TestPromtoolFindsNothing(t *testing.T) {
	m := newMetrics(t)
	fill(m)
	check := exec.Command("promtool", "check", "metrics")
	check.Stdin = strings.NewReader(scrape(t, m))
	out, err := check.CombinedOutput()
	if errors.Is(err, exec.ErrNotFound) {
		t.Fatal("promtool is missing: run `make setup`")
	}
	if err != nil || len(out) > 0 {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}
}

func TestObserveFrameAllocatesNothing(t *testing.T) {
	m := newMetrics(t)
	f := processed("a camera seen for the first time")
	m.ObserveFrame(f)
	if n := testing.AllocsPerRun(1000, func() { m.ObserveFrame(f) }); n != 0 {
		t.Errorf("%v allocations a frame, want 0", n)
	}
}

func BenchmarkObserveFrame(b *testing.B) {
	m := newMetrics(b)
	f := processed("front")
	for b.Loop() {
		m.ObserveFrame(f)
	}
}

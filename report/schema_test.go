package report_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/selftest"
)

func event() report.Event {
	return report.Event{
		ID: "door-5f2c-1", Seq: 1, Time: time.Date(2026, 11, 23, 15, 4, 5, 678_901_234, time.FixedZone("CET", 3600)),
		Device: "door", Camera: "entrance", Track: 3, Label: "incorrect",
		Probabilities: report.Probabilities{Correct: 0.12345, Incorrect: 0.8, None: 0.07655},
		Votes:         report.Votes{Correct: 1, Incorrect: 8, Unknown: 2},
		Box:           [4]int{-2, 20, 110, 140}, Picture: [2]int{768, 432}, Model: "maskwarden@1:0123abcd",
	}
}

func state() report.State {
	return report.State{
		Time: time.Unix(1, 0), Device: "door", Instance: "5f2c", Version: "1.0", Status: report.OK, Uptime: 12.34567,
		Cameras: []report.Camera{{Name: "entrance", Status: report.Lost, Reason: "no frame for 5 s", FPS: math.NaN()}},
	}
}

// alarmed is a state whose self-test failed.
func alarmed() report.State {
	s := state()
	s.Status = report.Degraded
	s.Health = report.Health{
		State: "fail_safe", Since: time.Unix(2, 0), Alarm: true,
		SelfTest: &report.SelfTest{Time: time.Unix(2, 0), Why: "night", Result: "fail", Checks: 3, Failed: []string{"model_answers"}, Seconds: 0.123456},
	}
	s.Health.Explain([]report.Reason{
		{
			Subject: report.SelfTestSubject, Check: "model_answers", Finding: "largest deviation 2 logit, limit at most 0.005 logit",
			Quantity: "largest deviation", Value: 2, Limit: 0.005, Bound: "at_most", Unit: "logit", Hint: "install the pack again", Since: time.Unix(2, 5_678_901),
		},
		{Subject: report.CameraSubject("entrance"), Finding: "no frame\nfor 5 s", Value: math.NaN()},
	})
	s.Reasons = report.Texts(s.Health.Reasons)
	return s
}

// check validates JSON against a schema with formats asserted.
func check(t *testing.T, schema, data []byte) error {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("%s: %v", data, err)
	}
	return compiled.Validate(value)
}

func TestEventFollowsItsSchema(t *testing.T) {
	unknown := event()
	unknown.Label, unknown.Reason = "unknown", "too_small"
	certified, suspected := event(), event()
	certified.Certified, certified.CertifiedPatch = "recovery", 0.021267
	never, both := event(), event()
	never.Defense = report.Defense{Certified: "never_correct", NeverCorrect: true, CertifiedPatch: 0.02, Suspected: true, Suspicion: []string{"masks_disagree"}, Recovered: "none"}
	both.Defense = report.Defense{Certified: "detection", NeverCorrect: true, CertifiedPatch: 0.02}
	suspected.Defense = report.Defense{Suspected: true, Suspicion: []string{"masks_disagree", "squeeze_differs"}, Recovered: "none", Alarm: "attack"}
	for _, e := range []report.Event{event(), unknown, certified, suspected, never, both} {
		data, err := e.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if err := check(t, report.EventJSONSchema(), data); err != nil {
			t.Errorf("%s: %v", data, err)
		}
	}
	never.Label = "correct"
	if data, _ := never.Encode(); check(t, report.EventJSONSchema(), data) == nil {
		t.Errorf("the schema allows %s", data)
	}
	data, _ := event().Encode()
	for _, c := range []struct{ old, new, want string }{
		{`"seq":1`, `"seq":1,"face":"aGVsbG8="`, `additional properties 'face' not allowed`},
		{`"label":"incorrect"`, `"label":"mask"`, `at '/label': value must be one of`},
		{`"label":"incorrect"`, `"label":"unknown"`, `missing property 'reason'`},
		{`"label":"incorrect"`, `"label":"incorrect","reason":"blurred"`, `at '/reason'`},
		{`"verified":false,`, ``, `missing property 'verified'`},
		{`"seq":1`, `"seq":0`, `at '/seq': minimum: got 0, want 1`},
		{`"correct":0.12`, `"correct":1.2`, `at '/probabilities/correct': maximum`},
		{`.678Z`, `.678`, `at '/time'`},
		{`:0123abcd`, ``, `at '/model'`},
		{`"box":[-2,`, `"box":[`, `at '/box': minItems: got 3, want 4`},
		{`"certified":""`, `"certified":"yes"`, `at '/certified': value must be one of`},
		{`"certified":""`, `"certified":"detection"`, `at '/certified_patch': exclusiveMinimum`},
		{`"certified":"","certified_patch":0`, `"certified":"never_correct","certified_patch":0.02`, `at '/certified'`},
		{`"certified_patch":0,"never_correct":false`, `"certified_patch":0.02,"never_correct":true`, `at '/certified'`},
		{`,"never_correct":false`, ``, `missing property 'never_correct'`},
		{`"certified_patch":0`, `"certified_patch":0.02`, `at '/certified_patch'`},
		{`"suspected":false`, `"suspected":true`, `missing property 'suspicion'`},
		{`"suspected":false`, `"suspected":false,"suspicion":["masks_disagree"]`, `at '/suspicion'`},
		{`"suspected":false`, `"suspected":true,"suspicion":["ugly"]`, `at '/suspicion/0': value must be one of`},
		{`"suspected":false`, `"suspected":false,"alarm":"fire"`, `at '/alarm': value must be one of`},
		{`event/1`, `event/2`, `at '/schema'`},
	} {
		bad := strings.Replace(string(data), c.old, c.new, 1)
		if bad == string(data) {
			t.Fatalf("%q does not occur in %s", c.old, data)
		}
		if err := check(t, report.EventJSONSchema(), []byte(bad)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want an error with %q", bad, err, c.want)
		}
	}
}

func TestLossFollowsItsSchema(t *testing.T) {
	data, err := report.Loss{Time: time.Unix(1, 0), Device: "door", Instance: "5f2c", Lost: 3, Total: 7, Reason: "the outbox is full"}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if err := check(t, report.LossJSONSchema(), data); err != nil {
		t.Error(err)
	}
	for _, old := range []string{`"lost":3`, `"total":7`, `loss/1`, `the outbox is full`} {
		bad := strings.Replace(string(data), old, map[bool]string{true: old[:len(old)-1] + "0", false: ""}[strings.HasPrefix(old, `"`)], 1)
		if check(t, report.LossJSONSchema(), []byte(bad)) == nil {
			t.Errorf("accepted %s", bad)
		}
	}
}

func TestResultFollowsItsSchema(t *testing.T) {
	for _, r := range []report.CommandResult{
		{Time: time.Unix(1, 0), Command: "state", Result: report.Accepted},
		{Time: time.Unix(1, 0), Command: "selftest", ID: "a-7", Result: report.Refused, Reason: "too many commands"},
	} {
		data, err := r.Encode()
		if err == nil {
			err = check(t, report.ResultJSONSchema(), data)
		}
		if err != nil {
			t.Errorf("%+v: %v", r, err)
		}
	}
	data, _ := report.CommandResult{Command: "reboot", Result: report.Accepted}.Encode()
	if check(t, report.ResultJSONSchema(), data) == nil {
		t.Errorf("accepted %s", data)
	}
}

func TestStateFollowsItsSchema(t *testing.T) {
	degraded := state()
	degraded.Status, degraded.Reasons, degraded.Spool.Error = report.Degraded, []string{"camera entrance is lost"}, "no space left on device"
	alarm := alarmed()
	for _, s := range []report.State{state(), degraded, alarm, {Device: "d", Instance: "i", Status: report.Starting}} {
		data, err := s.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if err := check(t, report.StateJSONSchema(), data); err != nil {
			t.Errorf("%s: %v", data, err)
		}
	}
	data, _ := state().Encode()
	for _, c := range []struct{ old, new, want string }{
		{`"status":"ok"`, `"status":"fine"`, `at '/status'`},
		{`"status":"ok"`, `"status":"degraded"`, `at '/reasons': minItems`},
		{`"reasons":[]`, `"reasons":null`, `at '/reasons': got null, want array`},
		{`"status":"lost"`, `"status":"degraded"`, `at '/cameras/0/status'`},
		{`"people":0`, `"people":1`, `at '/cameras/0/people'`},
		{`"fps":0`, `"fps":15`, `at '/cameras/0/fps'`},
		{`"queued":0`, `"queued":-1`, `at '/spool/queued'`},
		{`"state":"init"`, `"state":"well"`, `at '/health/state'`},
		{`"state":"init"`, `"state":"degraded"`, `at '/health': missing properties 'reason', 'reasons'`},
		{`"queued":0`, `"queued":0,"path":"/"`, `additional properties 'path' not allowed`},
	} {
		bad := strings.Replace(string(data), c.old, c.new, 1)
		if bad == string(data) {
			t.Fatalf("%q does not occur in %s", c.old, data)
		}
		if err := check(t, report.StateJSONSchema(), []byte(bad)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want an error with %q", bad, err, c.want)
		}
	}
}

// TestReasonsFollowTheirSchema also holds what dashboards read as text.
func TestReasonsFollowTheirSchema(t *testing.T) {
	const first, second = `self-test model_answers: largest deviation 2 logit, limit at most 0.005 logit; install the pack again`, `camera entrance: no frame, for 5 s`
	data, err := alarmed().Encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"reasons":["` + first + `","` + second + `"]`, `"reason":"` + first + `\n` + second + `"`,
		`"reasons":[{"subject":"self-test","check":"model_answers","finding":"largest deviation 2 logit, limit at most 0.005 logit","quantity":"largest deviation","value":2,"limit":0.005,` +
			`"bound":"at_most","unit":"logit","hint":"install the pack again","since":"1970-01-01T00:00:02.005Z"},` +
			`{"subject":"camera entrance","finding":"no frame\nfor 5 s","value":0,"limit":0,"since":"0001-01-01T00:00:00Z"}]`,
		`"failed":["model_answers"],"warned":[],"seconds":0.12`,
	} {
		if !bytes.Contains(data, []byte(want)) {
			t.Errorf("%s: want %s in it", data, want)
		}
	}
	for _, c := range []struct{ old, new, want string }{
		{`"subject":"self-test"`, `"subject":"weather"`, `at '/health/reasons/0/subject'`},
		{`"check":"model_answers"`, `"check":""`, `at '/health/reasons/0/check'`},
		{`"finding":"no frame\nfor 5 s"`, `"finding":""`, `at '/health/reasons/1/finding'`},
		{`"bound":"at_most"`, `"bound":"below"`, `at '/health/reasons/0/bound'`},
		{`"quantity":"largest deviation",`, ``, `'quantity' required, if 'bound' exists`},
		{`"since":"1970-01-01T00:00:02.005Z"`, `"since":"today"`, `at '/health/reasons/0/since'`},
		{`"value":2,`, ``, `missing property 'value'`},
		{`"subject":"self-test"`, `"subject":"self-test","severity":"vital"`, `additional properties 'severity' not allowed`},
		{`"reasons":[{`, `"reason_list":[{`, `missing property 'reasons'`},
		{`"state":"fail_safe"`, `"state":"operational"`, `at '/health/reason`},
		{`"result":"fail"`, `"result":"good"`, `at '/health/selftest/result'`},
		{`"warned":[],`, ``, `missing property 'warned'`},
	} {
		bad := strings.Replace(string(data), c.old, c.new, 1)
		if bad == string(data) {
			t.Fatalf("%q does not occur in %s", c.old, data)
		}
		if err := check(t, report.StateJSONSchema(), []byte(bad)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want an error with %q", bad, err, c.want)
		}
	}
}

// TestEnumsOfTheSchema keeps the schema's words equal to those of the program.
func TestEnumsOfTheSchema(t *testing.T) {
	schema := bytes.ReplaceAll(report.StateJSONSchema(), []byte(", "), []byte(","))
	for _, words := range [][]string{report.HealthStates(), report.SelfTestResults()} {
		want, err := json.Marshal(words)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(schema, want) {
			t.Errorf("no %s in the schema", want)
		}
	}
}

func TestSortReasons(t *testing.T) {
	reasons := []report.Reason{{Subject: "self-test", Check: "b"}, {Subject: "self-test", Check: "a"}, {Subject: "camera z", Check: "c"}}
	report.SortReasons(reasons)
	if got := reasons[0].Check + reasons[1].Check + reasons[2].Check; got != "cab" {
		t.Errorf("got %q, want the subject, then the check, to decide", got)
	}
}

func TestAvailabilityFollowsItsSchema(t *testing.T) {
	for word, ok := range map[string]bool{report.Online: true, report.Offline: true, "stopped": false} {
		if err := check(t, report.AvailabilityJSONSchema(), []byte(`"`+word+`"`)); (err == nil) != ok {
			t.Errorf("%q: %v", word, err)
		}
	}
}

func TestEncodeHidesPrecision(t *testing.T) {
	data, err := event().Encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"time":"2026-11-23T14:04:05.678Z"`, `"probabilities":{"correct":0.12,"incorrect":0.8,"none":0.08}`, `"schema":"maskwarden.event/1"`,
	} {
		if !bytes.Contains(data, []byte(want)) {
			t.Errorf("%s: want %s in it", data, want)
		}
	}
	for x, want := range map[float64]float64{0.005: 0.01, 0.12499: 0.12, 1: 1, math.Inf(1): 0, math.Inf(-1): 0} {
		if got := report.Round(x); got != want {
			t.Errorf("Round(%v) = %v, want %v", x, got, want)
		}
	}
	if got := report.Round(math.NaN()); got != 0 {
		t.Errorf("Round(NaN) = %v, want 0", got)
	}
}

// TestDocumentedMessages holds the messages in docs/MQTT.md to the schemas.
func TestDocumentedMessages(t *testing.T) {
	doc, err := os.ReadFile("../docs/MQTT.md")
	if err != nil {
		t.Fatal(err)
	}
	schemas := map[string][]byte{"state": report.StateJSONSchema(), "event": report.EventJSONSchema()}
	found := regexp.MustCompile(`(?m)^maskwarden/door/(state|event) (.*)$`).FindAllSubmatch(doc, -1)
	if len(found) != len(schemas) {
		t.Fatalf("%d messages in the document, want %d", len(found), len(schemas))
	}
	for _, m := range found {
		if err := check(t, schemas[string(m[1])], m[2]); err != nil {
			t.Errorf("%s: %v", m[2], err)
		}
	}
}

// TestWordsAreTheSchemas holds the words that metrics and Home Assistant get to those that a state may have.
func TestWordsAreTheSchemas(t *testing.T) {
	var schema struct {
		Properties struct {
			Health struct {
				Properties struct {
					State    struct{ Enum []string }
					SelfTest struct {
						Properties struct{ Result struct{ Enum []string } }
					}
				}
			}
		}
	}
	if err := json.Unmarshal(report.StateJSONSchema(), &schema); err != nil {
		t.Fatal(err)
	}
	health := schema.Properties.Health.Properties
	if !slices.Equal(health.State.Enum, report.HealthStates()) || !slices.Equal(health.SelfTest.Properties.Result.Enum, report.SelfTestResults()) {
		t.Errorf("the schema has %q and %q, the program %q and %q", health.State.Enum, health.SelfTest.Properties.Result.Enum, report.HealthStates(), report.SelfTestResults())
	}
	summaries := map[string]bool{}
	for _, word := range []string{selftest.Pass, selftest.Warn, selftest.Fail, selftest.Skipped} {
		for _, severity := range []selftest.Severity{selftest.Fault, selftest.Drift, selftest.Vital} {
			summaries[selftest.Summarize([]selftest.Result{{Severity: severity, Result: word}}).Result] = true
		}
	}
	if got := slices.Sorted(maps.Keys(summaries)); !slices.Equal(got, slices.Sorted(slices.Values(report.SelfTestResults()))) {
		t.Errorf("summaries have the results %q", got)
	}
}

// TestReasonsAreEverywhere holds the schema and docs/MQTT.md to the reasons why a label is unknown, in their order, and the reasons to the qualities of faces.
func TestReasonsAreEverywhere(t *testing.T) {
	reasons := report.UnknownReasons()
	var schema struct {
		Properties struct{ Reason struct{ Enum []string } }
	}
	if err := json.Unmarshal(report.EventJSONSchema(), &schema); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(schema.Properties.Reason.Enum, reasons) {
		t.Errorf("the schema has %q, the program %q", schema.Properties.Reason.Enum, reasons)
	}
	for _, document := range []string{"../docs/MQTT.md", "../docs/DECISIONS.md"} {
		text, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		for _, reason := range reasons {
			if !bytes.Contains(text, []byte("`"+reason+"`")) {
				t.Errorf("%s does not name the reason %s", document, reason)
			}
		}
	}
	for q := range frame.NumQualities {
		if good := q == frame.Good; good == slices.Contains(reasons, q.String()) || q.String() == "invalid" {
			t.Errorf("quality %d is %s", q, q)
		}
	}
}

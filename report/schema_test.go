package report_test

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/maskwarden/maskwarden/report"
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
	suspected.Defense = report.Defense{Suspected: true, Suspicion: []string{"masks_disagree", "squeeze_differs"}, Recovered: "none", Alarm: "attack"}
	for _, e := range []report.Event{event(), unknown, certified, suspected} {
		data, err := e.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if err := check(t, report.EventJSONSchema(), data); err != nil {
			t.Errorf("%s: %v", data, err)
		}
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

func TestStateFollowsItsSchema(t *testing.T) {
	degraded := state()
	degraded.Status, degraded.Reasons, degraded.Spool.Error = report.Degraded, []string{"camera entrance is lost"}, "no space left on device"
	alarm := state()
	alarm.Health = report.Health{
		State: "fail_safe", Reason: "self-test model_answers: wrong", Since: time.Unix(2, 0), Alarm: true,
		SelfTest: &report.SelfTest{Time: time.Unix(2, 0), Why: "night", Result: "fail", Checks: 3, Failed: []string{"model_answers"}, Seconds: 0.123456},
	}
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
		{`"queued":0`, `"queued":-1`, `at '/spool/queued'`},
		{`"state":"init"`, `"state":"well"`, `at '/health/state'`},
		{`"state":"init"`, `"state":"degraded"`, `at '/health': missing property 'reason'`},
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

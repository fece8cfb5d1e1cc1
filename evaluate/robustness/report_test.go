package robustness_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/attack/suite"
	"github.com/maskwarden/maskwarden/evaluate/robustness"
)

func report() *robustness.Report {
	share := func(count int) *suite.Share {
		s := suite.NewShare(count, 10)
		return &s
	}
	points := func(of ...int) (all []suite.Point) {
		for i, count := range of {
			all = append(all, suite.Point{Strength: []float64{0, 0.05, 0.1}[i], Accuracy: *share(count), NoneCorrect: share(10 - count), Target: share(i)})
		}
		return all
	}
	median := 1.25
	return &robustness.Report{
		Schema: robustness.Schema, Version: "v1", Time: time.Date(2026, 11, 26, 1, 2, 3, 0, time.UTC), Complete: true,
		Method: "patch", Title: "one patch for all faces", Unit: "share of the picture's area", Universal: true, Seed: 7,
		Faces: map[string]int{"correct": 0, "incorrect": 0, "none": 10}, Skipped: []string{},
		Result: &suite.Result{
			Model: "robust@2", Points: points(10, 8, 5), Seconds: 3, Distance: &suite.Distance{Median: &median, Succeeded: *share(6)},
			Patches: []suite.Made{{Strength: 0.1, Side: 2, Pixels: make([]byte, 12)}},
		},
		Baseline: &suite.Result{Model: "base@1", Points: points(9, 0), Seconds: 4, Distance: &suite.Distance{Succeeded: *share(3)}},
	}
}

// The table that a terminal shows is the file in testdata. UPDATE=1 writes it again.
func TestPrint(t *testing.T) {
	for name, change := range map[string]func(*robustness.Report){
		"untargeted": func(r *robustness.Report) {
			for _, of := range r.Results() {
				for i := range of.Points {
					of.Points[i].Target = nil
				}
			}
		},
		"none_correct": func(r *robustness.Report) { r.From, r.To, r.Smooth = "none", "correct", true },
		"targeted":     func(r *robustness.Report) { r.To, r.Skipped = "incorrect", []string{"a.png: not a picture"} },
		"interrupted": func(r *robustness.Report) {
			r.From, r.Complete, r.Baseline = "none", false, nil
		},
	} {
		r := report()
		change(r)
		var got bytes.Buffer
		if err := r.Print(&got); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata", name+".txt")
		if os.Getenv("UPDATE") != "" {
			if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil || got.String() != string(want) {
			t.Errorf("%s: %v, got\n%s\nwant\n%s", name, err, &got, want)
		}
	}
}

func TestPage(t *testing.T) {
	r := report()
	r.To = "correct"
	r.Result.Model = "robust<2>"
	var page bytes.Buffer
	if err := r.Write(&page); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"<h1>What robust&lt;2&gt; withstands: patch</h1>", "<p>one patch for all faces; any other label → correct, without the smoothing</p>",
		"2026-11-26 01:02:03 UTC", "10 faces: 10 none", "<dt>base@1</dt><dd>median distance beyond what was found; the attack succeeded on 3 of 10 faces</dd>",
		"median distance 1.25; the attack succeeded on 6 of 10 faces", "strength, share of the picture&#39;s area",
		`<td class="number">0.1</td><td>robust&lt;2&gt;</td><td>0.50 (0.24 to 0.76)</td><td>0.20 (0.06 to 0.51)</td><td>0.50 (0.24 to 0.76)</td>`,
		"<figcaption>robust&lt;2&gt;, 10 % of the picture</figcaption>", `<img src="data:image/png;base64,iVBOR`,
	} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("want %q in\n%s", want, &page)
		}
	}
	if strings.Contains(page.String(), "Interrupted") || strings.Contains(page.String(), "ZgotmplZ") || strings.Count(page.String(), "<polyline") != 4 {
		t.Errorf("got\n%s", &page)
	}
	r = report()
	r.Complete, r.Baseline, r.Faces = false, nil, map[string]int{"correct": 10}
	page.Reset()
	if err := r.Write(&page); err != nil || !strings.Contains(page.String(), "Interrupted: ") || strings.Contains(page.String(), "none → correct") {
		t.Errorf("%v, got\n%s", err, &page)
	}
}

// The keys are those of docs/ATTACK.md.
func TestKeys(t *testing.T) {
	doc, err := os.ReadFile("../../docs/ATTACK.md")
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(report())
	if err != nil {
		t.Fatal(err)
	}
	var keys func(v any)
	keys = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for key, value := range v {
				if label := key == "correct" || key == "incorrect" || key == "none"; !label && !strings.Contains(string(doc), "`"+key+"`") {
					t.Errorf("docs/ATTACK.md does not name the key %s", key)
				}
				keys(value)
			}
		case []any:
			for _, value := range v {
				keys(value)
			}
		}
	}
	var all any
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	keys(all)
}

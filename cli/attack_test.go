package cli_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// goldenFaces is a folder with two of the shipped pack's golden faces of each label.
func goldenFaces(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, label := range []string{"correct", "incorrect", "none"} {
		if err := os.Mkdir(filepath.Join(dir, label), 0o755); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{label + "-1.png", label + "-2.png"} {
			data, err := os.ReadFile(filepath.Join("../models/robust/golden", name))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, label, name), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

func TestAttackErrors(t *testing.T) {
	faces, onlyNone := goldenFaces(t), goldenFaces(t)
	for _, label := range []string{"correct", "incorrect"} {
		if err := os.RemoveAll(filepath.Join(onlyNone, label)); err != nil {
			t.Fatal(err)
		}
	}
	empty := t.TempDir()
	for _, c := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"no method", []string{"--faces", faces}, 64, "missing flags: --method=METHOD"},
		{"no faces", []string{"--method", "square"}, 64, "missing flags: --faces=DIR"},
		{"method", []string{"--method", "fsgm", "--faces", faces}, 64, "Error: --method: \"fsgm\", want one of fgsm, bim, pgd, cw, patch, square\nTry: maskwarden attack --help\n"},
		{"strength is no number", []string{"--method", "square", "--faces", faces, "--strength", "4,strong"}, 64, "--strength"},
		{"no folder", []string{"--method", "square", "--faces", "nowhere"}, 66, "Error: --faces: open nowhere: no such file or directory\n"},
		{"no labels", []string{"--method", "square", "--faces", empty}, 66, "Error: --faces: " + empty + ": no pictures: want folders correct, incorrect and none with face crops\n"},
		{"no faces of a label", []string{"--method", "square", "--faces", onlyNone, "--from", "correct"}, 66,
			"Error: --faces: " + onlyNone + ": no pictures of correct: want a folder correct with face crops\n"},
		{"no pack", []string{"--method", "square", "--faces", faces, "--pack", "nowhere"}, 78, "classifier.pack: "},
		{"no other pack", []string{"--method", "square", "--faces", faces, "--beside", "nowhere"}, 78, "--beside: classifier.pack: "},
		{"cannot write", []string{"--method", "square", "--faces", faces, "--strength", "64", "--limit", "1", "--html", "nowhere/report.html"}, 73, "Error: --html: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, _, stderr := run(append([]string{"attack"}, c.args...)...)
			if code != c.code || !strings.Contains(stderr, c.want) {
				t.Errorf("exit code %d, want %d with %q in\n%s", code, c.code, c.want, stderr)
			}
		})
	}
}

// The black-box attack runs in every build, and a strong one succeeds where a weak one does not.
func TestAttackSquare(t *testing.T) {
	faces := goldenFaces(t)
	if err := os.WriteFile(filepath.Join(faces, "none", "broken.png"), []byte("no picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	page := filepath.Join(t.TempDir(), "report.html")
	code, stdout, stderr := run("attack", "--method", "square", "--faces", faces, "--strength", "64,1", "--beside", "../models/base", "--smooth", "--json", "--html", page)
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	type result struct {
		Model  string
		Points []struct {
			Strength float64
			Accuracy struct {
				Count, Of        int
				Share, Low, High float64
			}
			NoneCorrect *struct{ Count, Of int } `json:"none_correct"`
			Target      any
		}
	}
	var r struct {
		Schema, Method, Unit string
		Complete, Smooth     bool
		Faces                map[string]int
		Skipped              []string
		Result, Beside       result
	}
	if err := json.Unmarshal([]byte(stdout), &r); err != nil {
		t.Fatalf("%v in %s", err, stdout)
	}
	if r.Schema != "maskwarden.attack/1" || r.Method != "square" || r.Unit != "255ths of a pixel's range" || !r.Complete || !r.Smooth || len(r.Skipped) != 1 ||
		!maps.Equal(r.Faces, map[string]int{"correct": 2, "incorrect": 2, "none": 2}) {
		t.Errorf("got %s", stdout)
	}
	for _, of := range []result{r.Result, r.Beside} {
		if len(of.Points) != 3 || of.Points[0].Strength != 0 || of.Points[1].Strength != 1 || of.Points[2].Strength != 64 {
			t.Fatalf("got %+v, want the strengths 0, 1, 64", of)
		}
		clean, weak, strong := of.Points[0], of.Points[1], of.Points[2]
		if clean.Accuracy.Count < 5 || weak.Accuracy.Count < 5 || strong.Accuracy.Count > 4 || clean.Accuracy.Of != 6 || clean.NoneCorrect.Of != 2 || clean.Target != nil ||
			strong.Accuracy.Low != 0 || strong.Accuracy.High-strong.Accuracy.Share < 0.1 {
			t.Errorf("%s: got %+v", of.Model, of.Points)
		}
	}
	if !strings.HasPrefix(r.Result.Model, "robust@") || !strings.HasPrefix(r.Beside.Model, "base@") {
		t.Errorf("models %s and %s", r.Result.Model, r.Beside.Model)
	}
	html, err := os.ReadFile(page)
	if err != nil || !strings.Contains(string(html), "<title>Attack square on robust@") || strings.Count(string(html), "<polyline") != 4 {
		t.Errorf("%v, in %s", err, html)
	}
}

package pack_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/maskwarden/maskwarden/pack"
)

const tiny = "testdata/tiny"

// changed returns a copy of the tiny pack whose manifest had old replaced by new.
func changed(t *testing.T, old, new string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(tiny)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "manifest.json")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(data), old) {
		t.Fatalf("the manifest does not hold %s", old)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(data), old, new, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestOpen(t *testing.T) {
	p, err := pack.Open(tiny)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := p.ID(), "tiny@1:"+p.Manifest.Model.SHA256[:8]; got != want {
		t.Errorf("ID %s, want %s", got, want)
	}
	if got, want := p.Order(), [3]int{1, 2, 0}; got != want { // its classes are none, correct, incorrect
		t.Errorf("order %v, want %v", got, want)
	}
	if got, want := p.Manifest.Input.Size(), 96*96*3; got != want {
		t.Errorf("a face has %d bytes, want %d", got, want)
	}
	if err := p.Verify(); err != nil {
		t.Error(err)
	}
}

func TestManifestErrors(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{`"format": 1`, `"format": 2`, `format: 2, want 1: take a pack made for this release, or a release made for the pack`},
		{`"format": 1,`, ``, `format: missing, want 1: take a pack made for this release, or a release made for the pack`},
		{`"format": 1`, `"formt": 1`, `formt: unknown key, remove it or use a release that knows it`},
		{`"format": 1`, `"Format": 1`, `Format: unknown key, remove it or use a release that knows it`},
		{`"format": 1`, `"format": 1, "format": 1`, `format: stands twice, remove one`},
		{`"format": 1`, `"format": "1"`, `format: string, want a value of type int`},
		{`"format": 1`, `"format": 1.5`, `format: invalid syntax, want a value of type int`},
		{`"format": 1,`, `"format": 1`, `byte 18: not JSON: invalid character '"' after object value (expecting ',' or '}')`},
		{`"name": "tiny"`, `"name": "../tiny"`, `name: "../tiny", want 1 to 64 lower-case letters, digits, '-', '_' or '.'`},
		{`"version": 1`, `"version": 0`, `version: 0, want 1 or more`},
		{`"none",`, ``, `classes: ["correct" "incorrect"], want ["correct" "incorrect" "none"], each once, in the order of the model's outputs`},
		{`"none",`, `"correct",`, `classes: ["correct" "correct" "incorrect"], want ["correct" "incorrect" "none"], each once, in the order of the model's outputs`},
		{`"none",`, `"None",`, `classes: ["None" "correct" "incorrect"], want ["correct" "incorrect" "none"], each once, in the order of the model's outputs`},
		{`"model.tflite"`, `"../model.tflite"`, `model.file: "../model.tflite", want the path of a file inside the pack`},
		{`"model.tflite"`, `"/etc/passwd"`, `model.file: "/etc/passwd", want the path of a file inside the pack`},
		{`"sha256": "`, `"sha256": "0`, `model.sha256: "0<sha256>", want 64 lower-case hex digits, as sha256sum prints them`},
		{`"width": 96`, `"width": 7`, `input.width: 7, want 8 to 1024 pixels`},
		{`"width": 96,`, ``, `input.width: missing, want 8 to 1024 pixels`},
		{`"height": 96`, `"height": 1025`, `input.height: 1025, want 8 to 1024 pixels`},
		{`"height": 96`, `"height": 96, "depth": 3`, `input.depth: unknown key, remove it or use a release that knows it`},
		{`"rgb"`, `"RGB"`, `input.color: "RGB", want rgb, bgr or gray`},
		{`0.00392156862745098`, `0`, `input.scale: 0, want a number other than 0; value = pixel*scale + offset`},
		{`0.00392156862745098`, `1e39`, `input.scale: 1e+39, want a number other than 0; value = pixel*scale + offset`},
		{`0.00392156862745098`, `null`, `input.scale: 0, want a number other than 0; value = pixel*scale + offset`},
		{"\"offset\": 0.0,", ``, `input.offset: missing, want a number; value = pixel*scale + offset`},
		{`0.15`, `-0.1`, `input.crop_margin: -0.1, want 0 to 1, parts of the face's size`},
		{`"logits",`, `"probabilities",`, `output: "probabilities", want "logits"`},
		{`"window": 3`, `"window": 4`, `smoothing.window: 4, want an odd number, 1 (no smoothing) to 15`},
		{`"window": 3`, ``, `smoothing.window: missing, want an odd number, 1 (no smoothing) to 15`},
		{`"seed": 0`, `"seed": -1`, `golden[0].seed: invalid syntax, want a value of type uint32`},
		{`"logits": [`, `"logits": [1,`, `golden[0].logits: 4 values, want 3, one a class`},
		{`"golden_tolerance": 0.001`, `"golden_tolerance": 0`, `golden_tolerance: 0, want above 0, at most 1`},
		{`"golden": [`, `"golden": [], "more": [`, `more: unknown key, remove it or use a release that knows it`},
	} {
		t.Run(c.new, func(t *testing.T) {
			dir := changed(t, c.old, c.new)
			want := filepath.Join(dir, "manifest.json") + ": " + strings.ReplaceAll(c.want, "<sha256>", sha(t))
			if _, err := pack.Open(dir); err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
}

func sha(t *testing.T) string {
	t.Helper()
	p, err := pack.Open(tiny)
	if err != nil {
		t.Fatal(err)
	}
	return p.Manifest.Model.SHA256
}

func TestFileErrors(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(dir string) error
		want  string
	}{
		{"no folder", os.RemoveAll,
			"model pack <dir>: no such file or directory: name a folder with a manifest.json, or make one with `make train`"},
		{"no manifest", func(dir string) error { return os.Remove(dir + "/manifest.json") },
			"<dir>/manifest.json: no such file or directory: is this folder a model pack?"},
		{"manifest is a folder", func(dir string) error {
			if err := os.Remove(dir + "/manifest.json"); err != nil {
				return err
			}
			return os.Mkdir(dir+"/manifest.json", 0o700)
		}, "<dir>/manifest.json: not a file: is this folder a model pack?"},
		{"empty manifest", func(dir string) error { return os.Truncate(dir+"/manifest.json", 0) },
			"<dir>/manifest.json: byte 0: not JSON: unexpected EOF"},
		{"huge manifest", func(dir string) error { return os.Truncate(dir+"/manifest.json", 1<<20+1) },
			"<dir>/manifest.json: larger than 1048576 bytes: is this folder a model pack?"},
		{"no model", func(dir string) error { return os.Remove(dir + "/model.tflite") },
			"<dir>/manifest.json: model.file: <dir>/model.tflite: no such file or directory: copy the whole pack again"},
		{"model is a pipe", func(dir string) error {
			if err := os.Remove(dir + "/model.tflite"); err != nil {
				return err
			}
			return syscall.Mkfifo(dir+"/model.tflite", 0o600)
		}, "<dir>/manifest.json: model.file: <dir>/model.tflite: not a file: copy the whole pack again"},
		{"model links out", func(dir string) error {
			if err := os.Remove(dir + "/model.tflite"); err != nil {
				return err
			}
			return os.Symlink("/etc/hostname", dir+"/model.tflite")
		}, "<dir>/manifest.json: model.file: <dir>/model.tflite: path escapes from parent: copy the whole pack again"},
		{"huge model", func(dir string) error { return os.Truncate(dir+"/model.tflite", 64<<20+1) },
			"<dir>/manifest.json: model.file: <dir>/model.tflite: larger than 67108864 bytes: copy the whole pack again"},
		{"empty model", func(dir string) error { return os.Truncate(dir+"/model.tflite", 0) },
			"<dir>/manifest.json: model.sha256: the model of <dir>/model.tflite has " +
				"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855, want <sha256>: copy the whole pack again"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := changed(t, "", "")
			if err := c.spoil(dir); err != nil {
				t.Fatal(err)
			}
			want := strings.NewReplacer("<dir>", dir, "<sha256>", sha(t)).Replace(c.want)
			if _, err := pack.Open(dir); err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
}

func TestVerify(t *testing.T) {
	dir := changed(t, "", "")
	p, err := pack.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	p.Model[100] ^= 1
	if want := "the model in memory has "; p.Verify() == nil || !strings.Contains(p.Verify().Error(), want) {
		t.Errorf("got %v, want %q", p.Verify(), want)
	}
	p.Model[100] ^= 1
	if err := os.Truncate(dir+"/model.tflite", 100); err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("the model of %s/model.tflite has ", dir); p.Verify() == nil || !strings.Contains(p.Verify().Error(), want) {
		t.Errorf("got %v, want %q", p.Verify(), want)
	}
}

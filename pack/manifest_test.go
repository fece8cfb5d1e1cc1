package pack_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/pack/packtest"
)

// changed returns a copy of the tiny pack whose manifest had old replaced by new.
func changed(t *testing.T, old, new string) string {
	t.Helper()
	dir := packtest.Copy(t, tiny)
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

func TestManifestErrors(t *testing.T) {
	const hash = `"model.tflite": "`
	const kinds = `want [float32 float16 int8]`
	const classes = `want ["correct" "incorrect" "none"], each once, in the order of the model's outputs`
	const scale = `want a number other than 0; value = pixel*scale + offset`
	for _, c := range []struct{ old, new, want string }{
		{`"format": 2`, `"format": 1`, `format: 1, want 2: take a pack made for this release, or a release made for the pack`},
		{`"format": 2`, `"format": 3, "novelty": 1`, `format: 3, want 2: take a pack made for this release, or a release made for the pack`},
		{`"format": 2,`, ``, `format: missing, want 2: take a pack made for this release, or a release made for the pack`},
		{`"format": 2`, `"format": 0`, `format: 0, want 2: take a pack made for this release, or a release made for the pack`},
		{`"format": 2`, `"formt": 2`, `formt: unknown key, remove it or use a release that knows it`},
		{`"format": 2`, `"Format": 2`, `Format: unknown key, remove it or use a release that knows it`},
		{`"format": 2`, `"format": 2, "format": 2`, `format: stands twice, remove one`},
		{`"format": 2`, `"format": "2"`, `format: string, want a value of type int`},
		{`"format": 2`, `"format": 1.5`, `format: invalid syntax, want a value of type int`},
		{`"format": 2,`, `"format": 2`, `byte 18: not JSON: invalid character '"' after object value (expecting ',' or '}')`},
		{`"name": "tiny"`, `"name": "../tiny"`, `name: "../tiny", want 1 to 64 lower-case letters, digits, '-', '_' or '.'`},
		{`"version": 3`, `"version": 0`, `version: 0, want 1 or more`},
		{`"version": 3,`, ``, `version: missing, want 1 or more`},
		{`"none",`, ``, `classes: ["correct" "incorrect"], ` + classes},
		{`"none",`, `"correct",`, `classes: ["correct" "correct" "incorrect"], ` + classes},
		{`"none",`, `"None",`, `classes: ["None" "correct" "incorrect"], ` + classes},
		{`"width": 96`, `"width": 7`, `input.width: 7, want 8 to 1024 pixels`},
		{`"width": 96,`, ``, `input.width: missing, want 8 to 1024 pixels`},
		{`"height": 96`, `"height": 1025`, `input.height: 1025, want 8 to 1024 pixels`},
		{`"height": 96`, `"height": 96, "depth": 3`, `input.depth: unknown key, remove it or use a release that knows it`},
		{`"rgb"`, `"RGB"`, `input.color: "RGB", want rgb, bgr or gray`},
		{`0.00392156862745098`, `0`, `input.scale: 0, ` + scale},
		{`0.00392156862745098`, `1e39`, `input.scale: 1e+39, ` + scale},
		{`0.00392156862745098`, `null`, `input.scale: 0, ` + scale},
		{"\"offset\": 0.0,", ``, `input.offset: missing, want a number; value = pixel*scale + offset`},
		{`0.15`, `-0.1`, `input.crop_margin: -0.1, want 0 to 1, parts of the face's size`},
		{`"logits",`, `"probabilities",`, `output: "probabilities", want "logits"`},
		{`"window": 3`, `"window": 4`, `smoothing.window: 4, want an odd number, 1 (no smoothing) to 15`},
		{`"window": 3`, ``, `smoothing.window: missing, want an odd number, 1 (no smoothing) to 15`},
		{`"fill": 128`, `"fill": 256`, `masking.fill: 256, want a pixel's value, 0 to 255`},
		{`"fill": 128,`, ``, `masking.fill: missing, want a pixel's value, 0 to 255`},
		{`"masks_per_axis": 3`, `"masks_per_axis": 17`, `masking.masks_per_axis: 17, want 1 to 16`},
		{`"patch": 14`, `"patch": 96`, `masking.patch: 96, want 1 to 95, a side in input pixels`},
		{`"bits": 5,`, ``, `squeezing.bits: missing, want 1 to 8`},
		{"\"bits\": 5,\n    \"window\": 3", "\"bits\": 5,\n    \"window\": 2", `squeezing.window: 2, want an odd number, 1 to 15`},
		{`"threshold": 0.91`, `"threshold": 2.1`, `squeezing.threshold: 2.1, want 0 to 2, an L1 distance of probabilities`},
		{`"threshold": 0.91,`, ``, `squeezing.threshold: missing, want 0 to 2, an L1 distance of probabilities`},
		{`"false_positive_rate": 0.05`, `"false_positive_rate": 5`, `squeezing.false_positive_rate: 5, want 0 to 1`},
		{`"float32": "model.tflite",`, ``, `models.float32: missing, want the file of a model that computes in it`},
		{`"int8": "model-int8.tflite"`, `"int4": "model-int8.tflite"`, `models.int4: unknown, ` + kinds},
		{`"int8": "model-int8.tflite"`, `"int8": "../model-int8.tflite"`, `models.int8: "../model-int8.tflite", want a file that files lists`},
		{`"output"`, `"keras": "model.keras", "output"`, `keras: "model.keras", want a file that files lists`},
		{`"output"`, `"savedmodel": "saved", "output"`, `savedmodel: "saved", want a folder with files that files lists`},
		{`"seed": 0`, `"seed": -1`, `golden[0].seed: invalid syntax, want a value of type uint32`},
		{`"seed": 0,`, ``, `golden[0]: want either a seed, or a file and its label`},
		{`"seed": 0`, `"seed": 0, "label": "none"`, `golden[0]: want either a seed, or a file and its label`},
		{`"seed": 0`, `"seed": 0, "file": "a.png"`, `golden[0]: want either a seed, or a file and its label`},
		{`"file": "golden/incorrect-1.png"`, `"file": "golden/x.png"`, `golden[4].file: "golden/x.png", want a file that files lists`},
		{`"label": "incorrect"`, `"label": "wrong"`, `golden[4].label: "wrong", want one of ["none" "correct" "incorrect"]`},
		{`"label": "incorrect"`, `"label": "none"`, `golden[4].logits.float16: the largest is that of incorrect, want that of its label, none`},
		{`"float32": [`, `"float32": [1,`, `golden[0].logits.float32: 4 values, want 3, one a class`},
		{`"int8": [`, `"int16": [`, `golden[0].logits.int8: 0 values, want 3, one a class`},
		{`"int8": [`, `"int16": [], "int8": [`, `golden[0].logits.int16: no such model, want those of models`},
		{`"golden": [`, `"golden": [], "more": [`, `more: unknown key, remove it or use a release that knows it`},
		{`"float32": 0.001`, `"float32": 0`, `golden_tolerance.float32: 0, want above 0, at most 1`},
		{`"float32": 0.001,`, ``, `golden_tolerance.float32: missing, want above 0, at most 1`},
		{`"int8": 0.5`, `"int8": 0.5, "int16": 1`, `golden_tolerance.int16: no such model, want those of models`},
		{`"file": "patches/none-correct-2.png"`, `"file": "x.png"`, `patches[0].file: "x.png", want a file that files lists`},
		{`"from": "none"`, `"from": "any"`, `patches[0].from: "any", want one of ["none" "correct" "incorrect"]`},
		{`"to": "correct"`, `"to": "none"`, `patches[0].to: "none", want one of ["none" "correct" "incorrect"], another than from`},
		{`"area": 0.02`, `"area": 2`, `patches[0].area: 2, want above 0, below 1, a part of the picture`},
		{`"success": 0.12,`, ``, `patches[0].success: missing, want 0 to 1`},
		{`"images": 353`, `"images": 353, "kept": 1.5`, `patches[0].kept: 1.5, want 0 to 1`},
		{`"images": 353`, `"images": 353, "kept": 0.9`, `patches[0].kept: 0.9 with a success of 0.12, want 1 or less together`},
		{`"images": 353`, `"images": 0`, `patches[0].images: 0, want 1 or more`},
		{hash, `"/etc/passwd": "`, `files: "/etc/passwd", want the path of a file inside the pack`},
		{hash, `"a/../model.tflite": "`, `files: "a/../model.tflite", want the path of a file inside the pack`},
		{hash, `"manifest.json": "`, `files: "manifest.json", want neither the manifest nor its signature, which cannot hold their own hashes`},
		{hash, `"model.tflite": "x", "more": "`, `files.model.tflite: "x", want 64 lower-case hex digits, as sha256sum prints them`},
	} {
		t.Run(c.new, func(t *testing.T) {
			dir := changed(t, c.old, c.new)
			want := "<dir>/manifest.json: " + c.want
			refused(t, dir, want, packtest.Sign(t, dir))
			if _, err := pack.Sign(dir, newKey(t), pack.ForCamera); err == nil || err.Error() != strings.ReplaceAll(want, "<dir>", dir) {
				t.Errorf("signing gave %v", err)
			}
		})
	}
}

// TestGoldenInputIsXorshift holds the noise to Marsaglia's published sequence from 1, which the seed 0 stands for, too.
func TestGoldenInputIsXorshift(t *testing.T) {
	states := []uint32{270369, 67634689, 2647435461, 307599695, 2398689233}
	got := make([]byte, len(states))
	pack.GoldenInput(0, got)
	for i, x := range states {
		if got[i] != byte(x>>24) {
			t.Errorf("byte %d is %d, want %d", i, got[i], x>>24)
		}
	}
	again, other := make([]byte, 64), make([]byte, 64)
	pack.GoldenInput(7, again)
	pack.GoldenInput(8, other)
	if bytes.Equal(again, other) {
		t.Error("two seeds give the same noise")
	}
}

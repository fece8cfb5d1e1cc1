package pack

import (
	"fmt"
	"math"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/maskwarden/maskwarden/frame"
)

// Format is the manifest format that this release reads.
const Format = 1

// check tells the first value that is missing or impossible.
func (m *Manifest) check() error {
	if m.Format != Format {
		return number("format", m.Format, "want %d: take a pack made for this release, or a release made for the pack", Format)
	}
	if !regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`).MatchString(m.Name) {
		return fmt.Errorf("name: %q, want 1 to 64 lower-case letters, digits, '-', '_' or '.'", m.Name)
	}
	if m.Version < 1 {
		return number("version", m.Version, "want 1 or more")
	}
	if err := m.checkClasses(); err != nil {
		return err
	}
	if !filepath.IsLocal(m.Model.File) {
		return fmt.Errorf("model.file: %q, want the path of a file inside the pack", m.Model.File)
	}
	if !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(m.Model.SHA256) {
		return fmt.Errorf("model.sha256: %q, want 64 lower-case hex digits, as sha256sum prints them", m.Model.SHA256)
	}
	if err := m.Input.check(); err != nil {
		return err
	}
	if m.Output != "logits" {
		return fmt.Errorf(`output: %q, want "logits"`, m.Output)
	}
	if w := m.Smoothing.Window; w < 1 || w > 15 || w%2 == 0 {
		return number("smoothing.window", w, "want an odd number, 1 (no smoothing) to 15")
	}
	return m.checkGolden()
}

func (m *Manifest) checkClasses() error {
	want := make([]string, frame.NumClasses)
	for i := range want {
		want[i] = frame.Class(i).String()
	}
	got := slices.Clone(m.Classes)
	slices.Sort(got)
	if !slices.Equal(got, slices.Sorted(slices.Values(want))) {
		return fmt.Errorf("classes: %q, want %q, each once, in the order of the model's outputs", m.Classes, want)
	}
	return nil
}

func (in *Input) check() error {
	for _, side := range []struct {
		key   string
		value int
	}{{"input.width", in.Width}, {"input.height", in.Height}} {
		if side.value < 8 || side.value > 1024 {
			return number(side.key, side.value, "want 8 to 1024 pixels")
		}
	}
	if !slices.Contains([]string{"rgb", "bgr", "gray"}, in.Color) {
		return fmt.Errorf("input.color: %q, want rgb, bgr or gray", in.Color)
	}
	// The model computes in single precision: what overflows or vanishes there is no scale.
	if scale := float32(in.Scale); !finite(scale) || scale == 0 {
		return number("input.scale", in.Scale, "want a number other than 0; value = pixel*scale + offset")
	}
	if !finite(float32(in.Offset)) {
		return number("input.offset", in.Offset, "want a number; value = pixel*scale + offset")
	}
	if !(in.CropMargin >= 0 && in.CropMargin <= 1) {
		return number("input.crop_margin", in.CropMargin, "want 0 to 1, parts of the face's size")
	}
	return nil
}

func (m *Manifest) checkGolden() error {
	if n := len(m.Golden); n < 1 || n > 64 {
		return fmt.Errorf("golden: %d known answers, want 1 to 64: without one the model cannot be tested before use", n)
	}
	for i, g := range m.Golden {
		if len(g.Logits) != frame.NumClasses {
			return fmt.Errorf("golden[%d].logits: %d values, want %d, one a class", i, len(g.Logits), frame.NumClasses)
		}
	}
	if !(m.Tolerance > 0 && m.Tolerance <= 1) {
		return number("golden_tolerance", m.Tolerance, "want above 0, at most 1")
	}
	return nil
}

// number is the error for a number out of its range; the values of blank mean that the key is missing.
func number[T int | float64](key string, value T, want string, args ...any) error {
	want = fmt.Sprintf(want, args...)
	if value != value || float64(value) == math.MinInt {
		return fmt.Errorf("%s: missing, %s", key, want)
	}
	return fmt.Errorf("%s: %v, %s", key, value, want)
}

func finite(v float32) bool { return v-v == 0 }

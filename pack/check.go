package pack

import (
	"fmt"
	"maps"
	"math"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/maskwarden/maskwarden/frame"
)

// Format is the manifest format that this release reads.
const Format = 2

func badFormat(format int) error {
	return number("format", format, "want %d: take a pack made for this release, or a release made for the pack", Format)
}

// check returns the first value that is missing or impossible.
func (m *Manifest) check() error {
	if m.Format != Format {
		return badFormat(m.Format)
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
	if err := m.Input.check(); err != nil {
		return err
	}
	if m.Output != "logits" {
		return fmt.Errorf(`output: %q, want "logits"`, m.Output)
	}
	if !window(m.Smoothing.Window) {
		return number("smoothing.window", m.Smoothing.Window, "want an odd number, 1 (no smoothing) to 15")
	}
	if err := m.Masking.check(min(m.Input.Width, m.Input.Height)); err != nil {
		return err
	}
	for _, check := range []func() error{
		m.Squeezing.check, m.checkFiles, m.checkModels, m.checkTolerance, m.checkGolden, m.checkPatches,
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (m *Manifest) checkClasses() error {
	want := labels()
	if !slices.Equal(slices.Sorted(slices.Values(m.Classes)), slices.Sorted(slices.Values(want))) {
		return fmt.Errorf("classes: %q, want %q, each once, in the order of the model's outputs", m.Classes, want)
	}
	return nil
}

func labels() []string {
	names := make([]string, frame.NumClasses)
	for i := range names {
		names[i] = frame.Class(i).String()
	}
	return names
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
	if !within(in.CropMargin, 0, 1) {
		return number("input.crop_margin", in.CropMargin, "want 0 to 1, parts of the face's size")
	}
	return nil
}

func (k Masking) check(side int) error {
	switch {
	case k.Fill < 0 || k.Fill > 255:
		return number("masking.fill", k.Fill, "want a pixel's value, 0 to 255")
	case k.MasksPerAxis < 1 || k.MasksPerAxis > 16:
		return number("masking.masks_per_axis", k.MasksPerAxis, "want 1 to 16")
	case k.Patch < 1 || k.Patch >= side:
		return number("masking.patch", k.Patch, "want 1 to %d, a side in input pixels", side-1)
	}
	return nil
}

func (s *Squeezing) check() error {
	switch {
	case s == nil:
		return nil
	case s.Bits < 1 || s.Bits > 8:
		return number("squeezing.bits", s.Bits, "want 1 to 8")
	case !window(s.Window):
		return number("squeezing.window", s.Window, "want an odd number, 1 to 15")
	case !within(s.Threshold, 0, 2):
		return number("squeezing.threshold", s.Threshold, "want 0 to 2, an L1 distance of probabilities")
	case !within(s.FalsePositiveRate, 0, 1):
		return number("squeezing.false_positive_rate", s.FalsePositiveRate, "want 0 to 1")
	}
	return nil
}

// checkFiles checks the list of files, to which every other name of a file must belong.
func (m *Manifest) checkFiles() error {
	hash := regexp.MustCompile(`^[0-9a-f]{64}$`)
	for _, name := range slices.Sorted(maps.Keys(m.Files)) {
		switch {
		case !filepath.IsLocal(name) || path.Clean(name) != name:
			return fmt.Errorf("files: %q, want the path of a file inside the pack", name)
		case name == ManifestName || name == SignatureName:
			return fmt.Errorf("files: %q, want neither the manifest nor its signature, which cannot hold their own hashes", name)
		case !hash.MatchString(m.Files[name]):
			return fmt.Errorf("files.%s: %q, want 64 lower-case hex digits, as sha256sum prints them", name, m.Files[name])
		}
	}
	return nil
}

// listed checks that files has the file that a key names.
func (m *Manifest) listed(key, name string) error {
	if m.Files[name] == "" {
		return fmt.Errorf("%s: %q, want a file that files lists", key, name)
	}
	return nil
}

func (m *Manifest) checkModels() error {
	if m.Models[Float32] == "" {
		return fmt.Errorf("models.%s: missing, want the file of a model that computes in it", Float32)
	}
	for _, kind := range m.kinds() {
		if !slices.Contains(Kinds(), kind) {
			return fmt.Errorf("models.%s: unknown, want %v", kind, Kinds())
		}
		if err := m.listed("models."+string(kind), m.Models[kind]); err != nil {
			return err
		}
	}
	if m.Keras != "" {
		if err := m.listed("keras", m.Keras); err != nil {
			return err
		}
	}
	inside := func(name string) bool { return strings.HasPrefix(name, m.SavedModel+"/") }
	if m.SavedModel != "" && !slices.ContainsFunc(slices.Collect(maps.Keys(m.Files)), inside) {
		return fmt.Errorf("savedmodel: %q, want a folder with files that files lists", m.SavedModel)
	}
	return nil
}

func (m *Manifest) checkTolerance() error {
	for _, kind := range m.kinds() {
		key := "golden_tolerance." + string(kind)
		tolerance, ok := m.Tolerance[kind]
		if !ok {
			tolerance = math.NaN()
		}
		if !(tolerance > 0 && tolerance <= 1) {
			return number(key, tolerance, "want above 0, at most 1")
		}
	}
	return extra("golden_tolerance", m.Tolerance, m.Models)
}

func (m *Manifest) checkPatches() error {
	for i, p := range m.Patches {
		at := fmt.Sprintf("patches[%d]", i)
		if err := m.listed(at+".file", p.File); err != nil {
			return err
		}
		switch {
		case !slices.Contains(m.Classes, p.From):
			return fmt.Errorf("%s.from: %q, want one of %q", at, p.From, m.Classes)
		case !slices.Contains(m.Classes, p.To) || p.To == p.From:
			return fmt.Errorf("%s.to: %q, want one of %q, another than from", at, p.To, m.Classes)
		case !(p.Area > 0 && p.Area < 1):
			return number(at+".area", p.Area, "want above 0, below 1, a part of the picture")
		case !within(p.Success, 0, 1):
			return number(at+".success", p.Success, "want 0 to 1")
		case p.Kept != nil && !within(*p.Kept, 0, 1):
			return number(at+".kept", *p.Kept, "want 0 to 1")
		case p.Kept != nil && p.Success+*p.Kept > 1.001: // both are rounded
			return fmt.Errorf("%s.kept: %v with a success of %v, want 1 or less together", at, *p.Kept, p.Success)
		case p.Images < 1:
			return number(at+".images", p.Images, "want 1 or more")
		}
	}
	return nil
}

// kinds are the kinds of models in the pack, sorted.
func (m *Manifest) kinds() []Kind { return slices.Sorted(maps.Keys(m.Models)) }

// extra refuses what a key has for a kind without a model.
func extra[V any](key string, values map[Kind]V, models map[Kind]string) error {
	for _, kind := range slices.Sorted(maps.Keys(values)) {
		if models[kind] == "" {
			return fmt.Errorf("%s.%s: no such model, want those of models", key, kind)
		}
	}
	return nil
}

// number is the error for a number out of its range; the values of blanks mean that the key is missing.
func number[T int | float64](key string, value T, want string, args ...any) error {
	want = fmt.Sprintf(want, args...)
	if value != value || float64(value) == math.MinInt {
		return fmt.Errorf("%s: missing, %s", key, want)
	}
	return fmt.Errorf("%s: %v, %s", key, value, want)
}

func finite(v float32) bool            { return v-v == 0 }
func within(v, low, high float64) bool { return v >= low && v <= high } // false for NaN
func window(side int) bool             { return side >= 1 && side <= 15 && side%2 == 1 }

package evaluate_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/evaluate"
	"github.com/maskwarden/maskwarden/frame"
)

// shades writes n pictures of a label, each of another gray from a first one on.
func shades(t *testing.T, dir string, label frame.Label, n, first int) {
	t.Helper()
	for i := range n {
		img := gocv.NewMatWithSizeFromScalar(gocv.NewScalar(float64(first+i), float64(first+i), float64(first+i), 0), 4, 4, gocv.MatTypeCV8UC3)
		write(t, filepath.Join(dir, label.String(), fmt.Sprintf("%02d.png", i)), img)
		_ = img.Close()
	}
}

func TestSelection(t *testing.T) {
	dir := t.TempDir()
	shades(t, dir, frame.Correct, 12, 0)
	shades(t, dir, frame.None, 3, 100)
	if err := os.WriteFile(filepath.Join(dir, "none", "bad.png"), []byte("no picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := evaluate.Selection{
		Dir: dir, Labels: []frame.Label{frame.Correct, frame.Incorrect, frame.None}, Limit: 5, Seed: 1,
		Crop: func(img gocv.Mat) ([]byte, error) { return img.ToBytes()[:1], nil },
	}
	read := func(s evaluate.Selection) (shades []int, labels []frame.Label, skipped []string) {
		t.Helper()
		f, skipped, err := s.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, pixels := range f.Pixels {
			shades = append(shades, int(pixels[0]))
		}
		return shades, f.Labels, skipped
	}
	first, labels, skipped := read(s)
	if want := append(slices.Repeat([]frame.Label{frame.Correct}, 5), frame.None, frame.None, frame.None); !slices.Equal(labels, want) {
		t.Errorf("labels %v, want %v", labels, want)
	}
	for i, shade := range first {
		if (shade < 100) != (labels[i] == frame.Correct) {
			t.Errorf("face %d of shade %d has the label %s", i, shade, labels[i])
		}
	}
	if want := []string{filepath.Join(dir, "none", "bad.png") + ": not a picture"}; !slices.Equal(skipped, want) {
		t.Errorf("skipped %q, want %q", skipped, want)
	}
	if again, _, _ := read(s); !slices.Equal(again, first) {
		t.Errorf("the same seed chose %v, then %v", first, again)
	}
	other := s
	other.Seed = 2
	if chosen, _, _ := read(other); slices.Equal(chosen, first) {
		t.Errorf("another seed chose the same: %v", chosen)
	}
	other.Limit = 0
	if chosen, _, _ := read(other); len(chosen) != 15 {
		t.Errorf("%d faces without a limit, want 15", len(chosen))
	}
	other.Labels = []frame.Label{frame.None}
	if _, labels, _ := read(other); !slices.Equal(labels, slices.Repeat([]frame.Label{frame.None}, 3)) {
		t.Errorf("labels %v, want none three times", labels)
	}

	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := s.Read(canceled); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that the context is canceled", err)
	}
	s.Crop = func(gocv.Mat) ([]byte, error) { return nil, errors.New("no crop") }
	if _, _, err := s.Read(t.Context()); err == nil || filepath.Dir(err.Error()) != filepath.Join(dir, "correct") {
		t.Errorf("error %v, want the file and no crop", err)
	}
}

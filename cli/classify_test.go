package cli_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"gocv.io/x/gocv"
)

// TestCarriedFaceIsReportedAsGraded ends a video between two detections. The face is reported as it was graded: too small, without
// probabilities, or good, with probabilities that sum to 1.
func TestCarriedFaceIsReportedAsGraded(t *testing.T) {
	video := clip(t, "../share/maskwarden/astronaut.png", 5) // the detector runs on the first and the fourth frame
	for _, c := range []struct {
		minSize int
		quality string
		sum     float64
	}{{12, "good", 1}, {400, "too_small", 0}} {
		config := filepath.Join(t.TempDir(), "config.yaml")
		text := fmt.Sprintf("faces: {detect_every: 3, min_size: %d}\ncameras: [{name: a, source: \"synthetic://\"}]\n", c.minSize)
		if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		code, stdout, stderr := run("classify", "--json", "--config", config, video)
		if code != 0 {
			t.Fatalf("exit code %d: %s", code, stderr)
		}
		var r struct {
			Frames int
			Faces  []struct {
				Quality       string
				Probabilities struct{ Correct, Incorrect, None float64 }
			}
		}
		if err := json.Unmarshal([]byte(stdout), &r); err != nil {
			t.Fatal(err)
		}
		if r.Frames != 5 || len(r.Faces) != 1 {
			t.Fatalf("got %s, want one face in the last of 5 frames", stdout)
		}
		f := r.Faces[0]
		if sum := f.Probabilities.Correct + f.Probabilities.Incorrect + f.Probabilities.None; f.Quality != c.quality || math.Abs(sum-c.sum) > 1e-9 {
			t.Errorf("min_size %d: quality %s, probabilities %+v; want %s and a sum of %g", c.minSize, f.Quality, f.Probabilities, c.quality, c.sum)
		}
	}
}

// clip writes a video of 15 frames a second that shows one picture.
func clip(t *testing.T, photo string, frames int) string {
	t.Helper()
	img := gocv.IMRead(photo, gocv.IMReadColor)
	defer img.Close()
	if img.Empty() {
		t.Fatalf("cannot read %s: run `make setup`", photo)
	}
	path := filepath.Join(t.TempDir(), "clip.avi")
	w, err := gocv.VideoWriterFile(path, "MJPG", 15, img.Cols(), img.Rows(), true)
	if err != nil {
		t.Fatal(err)
	}
	for range frames {
		if err := w.Write(img); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

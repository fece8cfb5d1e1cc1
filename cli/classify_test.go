package cli_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

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

// TestOddNames: a file is read whatever its name, also where that is no UTF-8.
func TestOddNames(t *testing.T) {
	data, err := os.ReadFile("../share/maskwarden/astronaut.png")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	args := []string{"classify", "--json"}
	for _, name := range []string{"caf\xe9.png", "\xff\xfe", "a:b.png", "new\nline.png", "-dash.png", " space ", "\x1b[2J.jpg", "no ending"} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, file)
	}
	code, stdout, stderr := run(args...)
	if n := strings.Count(stdout, `"label":"none"`); code != 0 || n != len(args)-2 || !utf8.ValidString(stdout) {
		t.Errorf("exit code %d, %d faces in %d files:\n%s\n%s", code, n, len(args)-2, stdout, stderr)
	}
}

// TestOnePicture: a single picture has no votes, and is judged all the same, also where it is a video or the only one in a folder.
func TestOnePicture(t *testing.T) {
	const photo = "../share/maskwarden/astronaut.png"
	dir := t.TempDir()
	folder := filepath.Join(dir, "folder")
	args := []string{"classify", "--json", folder}
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"one.gif", "one.ppm", "one.mp4", "one.avi", "folder/one.jpg"} {
		out := filepath.Join(dir, name)
		if text, err := exec.Command("ffmpeg", "-v", "error", "-i", photo, out).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		if filepath.Dir(name) == "." {
			args = append(args, out)
		}
	}
	code, stdout, stderr := run(args...)
	if n := strings.Count(stdout, `"label":"none","quality":"good"`); code != 0 || n != len(args)-2 {
		t.Errorf("exit code %d, %d bare faces in %d files:\n%s\n%s", code, n, len(args)-2, stdout, stderr)
	}
}

// TestTurned: a picture that was turned gets the answer of the upright one, and --annotate writes it upright.
func TestTurned(t *testing.T) {
	const photo = "../share/maskwarden/astronaut.png"
	img, turned := gocv.IMRead(photo, gocv.IMReadColor), gocv.NewMat()
	defer img.Close()
	defer turned.Close()
	dir := t.TempDir()
	face := func(args ...string) string {
		code, stdout, stderr := run(append([]string{"classify", "--json"}, args...)...)
		if code != 0 {
			t.Fatalf("%v: exit code %d: %s", args, code, stderr)
		}
		var r struct{ Faces json.RawMessage }
		if err := json.Unmarshal([]byte(stdout), &r); err != nil {
			t.Fatal(err)
		}
		return string(r.Faces)
	}
	want := face(photo)
	for degrees, back := range map[string]gocv.RotateFlag{"90": gocv.Rotate90CounterClockwise, "180": gocv.Rotate180Clockwise, "270": gocv.Rotate90Clockwise} {
		gocv.Rotate(img, &turned, back)
		path, out := filepath.Join(dir, "turned.png"), filepath.Join(dir, "out.png")
		if !gocv.IMWrite(path, turned) {
			t.Fatal("cannot write")
		}
		if got := face("--rotate", degrees, "--annotate", out, path); got != want {
			t.Errorf("turned by %s: got %s, want %s", degrees, got, want)
		}
		if got := face(path); got == want {
			t.Errorf("turned by %s, it is judged as upright: %s", degrees, got)
		}
		written := gocv.IMRead(out, gocv.IMReadColor)
		if written.Cols() != img.Cols() || written.Rows() != img.Rows() {
			t.Errorf("--annotate wrote %d x %d", written.Cols(), written.Rows())
		}
		written.Close()
	}
	gocv.Flip(img, &turned, 1)
	path := filepath.Join(dir, "mirrored.png")
	if !gocv.IMWrite(path, turned) {
		t.Fatal("cannot write")
	}
	if got := face("--flip", "horizontal", path); got != want {
		t.Errorf("mirrored: got %s, want %s", got, want)
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

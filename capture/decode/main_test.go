package decode_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"
	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/capture/decode"
)

// TestMain makes the test binary the decoder too, and fails the run when a goroutine is left.
func TestMain(m *testing.M) {
	decode.Main()
	goleak.VerifyTestMain(m)
}

// ffmpeg runs FFmpeg's program, and returns what it writes to its standard output.
func ffmpeg(t testing.TB, args ...string) []byte {
	t.Helper()
	cmd := exec.Command("ffmpeg", append([]string{"-v", "error", "-y"}, args...)...)
	out, err := cmd.Output()
	if err != nil {
		if failed, ok := errors.AsType[*exec.ExitError](err); ok {
			t.Fatalf("ffmpeg %v: %s", args, failed.Stderr)
		}
		t.Fatal(err)
	}
	return out
}

// picture is FFmpeg's test picture, which changes from frame to frame, of a size as 320x240.
func picture(size string, frames int) []string {
	return []string{"-f", "lavfi", "-i", fmt.Sprintf("testsrc=s=%s:r=10", size), "-frames:v", fmt.Sprint(frames)}
}

// made is a file of the test picture that FFmpeg encodes.
func made(t testing.TB, name, size string, frames int, args ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	ffmpeg(t, append(append(picture(size, frames), args...), "file:"+path)...)
	return path
}

func write(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// counts is what a stream gave.
type counts struct {
	whole, damaged int
	sizes          map[string]int
	err            error // the end
}

// played reads a stream to its end, or to stop pictures, and gives each whole one to see.
func played(t testing.TB, s *decode.Stream, stop int, see func(gocv.Mat)) (c counts) {
	t.Helper()
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	c.sizes = map[string]int{}
	m := gocv.NewMat()
	defer m.Close()
	for stop == 0 || c.whole+c.damaged < stop {
		switch err := s.Read(&m); {
		case err == nil:
			c.whole++
			c.sizes[fmt.Sprintf("%dx%d", m.Cols(), m.Rows())]++
			if see != nil {
				see(m)
			}
		case errors.Is(err, decode.ErrDamaged):
			c.damaged++
		default:
			c.err = err
			return c
		}
	}
	return c
}

func opened(t testing.TB, path string) *decode.Stream {
	t.Helper()
	s, err := decode.OpenFile(context.Background(), path)
	if err != nil {
		t.Fatalf("%q: %v", filepath.Base(path), err)
	}
	return s
}

// difference is the mean difference between the pixels of a picture and others of its size, 0 to 255.
func difference(t testing.TB, m gocv.Mat, pixels []byte) float64 {
	t.Helper()
	got, err := m.DataPtrUint8()
	if err != nil || len(got) != len(pixels) {
		t.Fatalf("%d bytes, want %d: %v", len(got), len(pixels), err)
	}
	sum := 0
	for i, v := range got {
		sum += max(int(v)-int(pixels[i]), int(pixels[i])-int(v))
	}
	return float64(sum) / float64(len(got))
}

// end fails the test where a stream did not come to a proper end.
func (c counts) end(t testing.TB) {
	t.Helper()
	if !errors.Is(c.err, io.EOF) {
		t.Errorf("ended with %v", c.err)
	}
}

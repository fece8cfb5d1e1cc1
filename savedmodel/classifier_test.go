//go:build tensorflow

package savedmodel_test

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/pack/packtest"
	"github.com/maskwarden/maskwarden/savedmodel"
	"github.com/maskwarden/maskwarden/tflite"
)

// classifier is what both runtimes are.
type classifier interface {
	Initialize() error
	Fill(i int, pixels []byte) error
	FillLevels(i int, pixels []byte, top int) error
	Run(n int) error
	Logits(i int) [frame.NumClasses]float32
	Probabilities(i int) frame.Probabilities
	Close()
}

func ready[C classifier](t testing.TB, c C) C {
	t.Helper()
	if err := c.Initialize(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// lite opens the same model on TensorFlow Lite.
func lite(t testing.TB, p *pack.Pack, threads int) *tflite.Classifier {
	t.Helper()
	lib, err := tflite.Open("../share/maskwarden/libtensorflowlite.so")
	if err != nil {
		t.Fatalf("%v (run `make setup`)", err)
	}
	t.Cleanup(func() {
		if err := lib.Close(); err != nil {
			t.Error(err)
		}
	})
	return ready(t, &tflite.Classifier{Library: lib, Pack: p, Threads: threads, MaxBatch: 2})
}

// fill sets n golden pictures, one after the other and again from the first, every third on 32 levels.
func fill(t testing.TB, c classifier, p *pack.Pack, n int) {
	t.Helper()
	pixels := make([]byte, p.Manifest.Input.Size())
	for i := range n {
		p.GoldenInput(i%len(p.Manifest.Golden), pixels)
		top := 255
		if i%3 == 2 {
			for k := range pixels {
				pixels[k] /= 8
			}
			top = 31
		}
		if err := c.FillLevels(i, pixels, top); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRuntimesAgree gives both runtimes the same faces, as many as are below, at and above what TensorFlow is given at once.
func TestRuntimesAgree(t *testing.T) {
	for _, dir := range []string{robust, "../models/base"} {
		p := packtest.Open(t, dir, pack.Float32)
		limit := p.Manifest.Tolerance[pack.Float32]
		for threads := 1; threads <= 2; threads++ {
			c, reference := ready(t, &savedmodel.Classifier{Pack: p, Threads: threads}), lite(t, p, threads)
			if got, want := c.Backend(), fmt.Sprintf("tensorflow %s cpu x%d", savedmodel.Version(), threads); got != want || len(c.Notes()) > 0 {
				t.Errorf("backend %q, %q, want %q", got, c.Notes(), want)
			}
			for _, n := range []int{0, 1, 2, 3, 7, 8, 9, 19} {
				for _, one := range []classifier{c, reference} {
					fill(t, one, p, n)
					if err := one.Run(n); err != nil {
						t.Fatal(err)
					}
				}
				for i := range n {
					got, want := c.Logits(i), reference.Logits(i)
					for k := range got {
						if d := math.Abs(float64(got[k] - want[k])); !(d <= limit) {
							t.Fatalf("%s: face %d of %d: %v, TensorFlow Lite says %v, want within %g", p.ID(), i, n, got, want, limit)
						}
					}
					gotLabel, _ := c.Probabilities(i).Best()
					wantLabel, _ := reference.Probabilities(i).Best()
					if gotLabel != wantLabel {
						t.Errorf("%s: face %d of %d: %v, TensorFlow Lite says %v", p.ID(), i, n, gotLabel, wantLabel)
					}
				}
			}
		}
	}
}

func TestClassifierErrors(t *testing.T) {
	p := packtest.Open(t, robust, pack.Float32)
	c := ready(t, &savedmodel.Classifier{Pack: p, Threads: 1})
	closed := ready(t, &savedmodel.Classifier{Pack: p, Threads: 1})
	closed.Close()
	closed.Close()
	if err := c.Fill(1, make([]byte, 27648)); err != nil {
		t.Fatal(err)
	}
	for _, e := range []struct {
		err  error
		want string
	}{
		{c.Fill(0, nil), "face 0 has 0 bytes, want 27648 (96x96 rgb)"},
		{c.Fill(-1, make([]byte, 27648)), "face -1: want 0 or more"},
		{c.FillLevels(0, make([]byte, 27648), 0), "face 0 has levels up to 0, want 1 to 255"},
		{c.Run(3), "3 faces to classify, but there is room for 2: set them with Fill"},
		{c.Run(-1), "-1 faces to classify, but there is room for 2: set them with Fill"},
		{closed.Run(1), "the classifier is closed or was not initialized"},
		{new(savedmodel.Classifier).Run(1), "the classifier is closed or was not initialized"},
		{new(savedmodel.Classifier).Fill(0, nil), "the classifier was not initialized"},
		{(&savedmodel.Classifier{Pack: p, Threads: 65}).Initialize(), "model pack " + p.Dir + ": threads: 65, want 1 to 64"},
	} {
		if e.err == nil || e.err.Error() != e.want {
			t.Errorf("got  %v\nwant %s", e.err, e.want)
		}
	}
}

// TestManyClassifiers: several run at a time, each on its own goroutine.
func TestManyClassifiers(t *testing.T) {
	p := packtest.Open(t, robust, pack.Float32)
	var all sync.WaitGroup
	for range 3 {
		c := ready(t, &savedmodel.Classifier{Pack: p, Threads: 2})
		fill(t, c, p, 2)
		all.Go(func() {
			var first [frame.NumClasses]float32
			for round := range 20 {
				if err := c.Run(2); err != nil {
					t.Error(err)
				}
				if round == 0 {
					first = c.Logits(1)
				} else if c.Logits(1) != first {
					t.Errorf("round %d gives %v, the first gave %v", round, c.Logits(1), first)
				}
			}
		})
	}
	all.Wait()
}

// TestAllocations: what the bindings force on a run is small, and does not grow with the faces.
func TestAllocations(t *testing.T) {
	p := packtest.Open(t, robust, pack.Float32)
	c := ready(t, &savedmodel.Classifier{Pack: p, Threads: 1})
	pixels := make([]byte, p.Manifest.Input.Size())
	count := func(n int) (objects float64, bytes uint64) {
		judge := func() {
			for i := range n {
				if err := c.Fill(i, pixels); err != nil {
					t.Fatal(err)
				}
			}
			if err := c.Run(n); err != nil {
				t.Fatal(err)
			}
		}
		objects = testing.AllocsPerRun(50, judge)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range 50 {
			judge()
		}
		runtime.ReadMemStats(&after)
		return objects, (after.TotalAlloc - before.TotalAlloc) / 50
	}
	one, oneBytes := count(1)
	eight, eightBytes := count(8)
	t.Logf("one face: %v objects, %d bytes of Go's heap; eight: %v, %d", one, oneBytes, eight, eightBytes)
	if one > 40 || eight > one || eightBytes > 4096 {
		t.Errorf("one face: %v objects; eight: %v objects and %d bytes; want 40 or less, no more for eight, and below 4 KB", one, eight, eightBytes)
	}
}

// linear opens a signed copy of the robust pack whose SavedModel has no nonlinearity: logits that overflow on every processor. With AVX-512,
// TensorFlow's ReLU makes 0 of what is no number, so that the shipped network's logits would be finite again.
func linear(t *testing.T) *pack.Pack {
	t.Helper()
	made, dir := t.TempDir(), packtest.Copy(t, robust)
	if out, err := exec.CommandContext(t.Context(), python, "testdata/linear.py", made).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, name := range []string{"saved_model.pb", "fingerprint.pb", "variables/variables.index", "variables/variables.data-00000-of-00001"} {
		data, err := os.ReadFile(filepath.Join(made, name))
		if err != nil {
			t.Fatal(err)
		}
		packtest.Put(t, dir, "savedmodel/"+name, data)
	}
	p, err := pack.Open(dir, pack.Float32, []string{packtest.Sign(t, dir)})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestNotANumber: a model that overflows is noticed.
func TestNotANumber(t *testing.T) {
	p := linear(t)
	c := ready(t, &savedmodel.Classifier{Pack: p, Threads: 1})
	fill(t, c, p, 1)
	p.Manifest.Input.Scale = math.Inf(1)
	err := c.Run(1)
	if want := p.ID() + ": face 0: the model gave the logit "; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v, want %s…", err, want)
	}
}

// BenchmarkRuntimes measures TensorFlow as a multiple of TensorFlow Lite with XNNPACK: the same faces, filled and run, in turns. Of the
// times the least counts, what it takes when nothing else disturbs it; of the processor's time, all.
func BenchmarkRuntimes(b *testing.B) {
	p := packtest.Open(b, robust, pack.Float32)
	for _, threads := range []int{1, 2} {
		c, reference := ready(b, &savedmodel.Classifier{Pack: p, Threads: threads}), lite(b, p, threads)
		for _, n := range []int{1, 2, 3, 4, 8, 11, 16, 32} {
			b.Run(fmt.Sprintf("threads=%d/faces=%d", threads, n), func(b *testing.B) { against(b, c, reference, p, n) })
		}
	}
}

func against(b *testing.B, c, reference classifier, p *pack.Pack, n int) {
	run := func(one classifier) (wall, cpu float64) { // seconds
		from, before := time.Now(), busy(b)
		fill(b, one, p, n)
		if err := one.Run(n); err != nil {
			b.Fatal(err)
		}
		return time.Since(from).Seconds(), busy(b) - before
	}
	run(c)
	run(reference)
	own, other := math.Inf(1), math.Inf(1)
	var ownCPU, otherCPU float64
	for b.Loop() {
		wall, cpu := run(reference)
		other, otherCPU = min(other, wall), otherCPU+cpu
		wall, cpu = run(c)
		own, ownCPU = min(own, wall), ownCPU+cpu
	}
	b.ReportMetric(own*1e3/float64(n), "ms/face")
	b.ReportMetric(other*1e3/float64(n), "tflite-ms/face")
	b.ReportMetric(own/other, "tensorflow/tflite")
	b.ReportMetric(ownCPU/otherCPU, "cpu-tensorflow/tflite")
	b.ReportMetric(ownCPU*1e3/float64(n*b.N), "cpu-ms/face")
}

// busy is the processor's time that this process has taken, in seconds.
func busy(b *testing.B) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

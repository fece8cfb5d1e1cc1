package tflite_test

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/pack/packtest"
	"github.com/maskwarden/maskwarden/tflite"
)

// TestKnownAnswers: every kind of model gives its golden logits on every CPU delegate with any number of threads. The
// integers of int8 may round otherwise in another kernel.
func TestKnownAnswers(t *testing.T) {
	lib := openLibrary(t)
	for kind, tolerance := range map[pack.Kind]float64{pack.Float32: 1e-5, pack.Float16: 1e-5, pack.Int8: 0.1} {
		p := packtest.Open(t, tiny, kind)
		for _, delegates := range [][]string{nil, {"xnnpack"}, {"none"}} {
			for threads := 1; threads <= 3; threads++ {
				c := start(t, &tflite.Classifier{Library: lib, Pack: p, Threads: threads, Delegates: delegates, MaxBatch: 4})
				want := fmt.Sprintf("tflite %s %s x%d", lib.Version(), append(delegates, "xnnpack")[0], threads)
				if got := c.Backend(); got != want || len(c.Notes()) != 0 {
					t.Errorf("backend %q %q, want %q", got, c.Notes(), want)
				}
				answers(t, c, p, tolerance)
			}
		}
	}
}

func answers(t *testing.T, c *tflite.Classifier, p *pack.Pack, tolerance float64) {
	t.Helper()
	pixels := make([]byte, p.Manifest.Input.Size())
	for i := range p.Manifest.Golden {
		p.GoldenInput(i, pixels)
		if err := c.Fill(i, pixels); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Run(len(p.Manifest.Golden)); err != nil {
		t.Fatal(err)
	}
	for i, g := range p.Manifest.Golden {
		for k, v := range c.Logits(i) {
			if math.Abs(float64(v)-g.Logits[p.Kind][k]) > tolerance {
				t.Errorf("%s: %s: golden[%d] gives %v, want %v", c.Backend(), p.Kind, i, c.Logits(i), g.Logits[p.Kind])
			}
		}
	}
}

// TestBatches: a face's answer does not depend on the faces beside it, nor on the number of threads.
func TestBatches(t *testing.T) {
	lib := openLibrary(t)
	p := openPack(t, tiny)
	single := start(t, &tflite.Classifier{Library: lib, Pack: p, Threads: 1, MaxBatch: 1})
	var want [11][frame.NumClasses]float32
	for i := range want {
		if err := single.Fill(0, picture(p, i)); err != nil {
			t.Fatal(err)
		}
		if err := single.Run(1); err != nil {
			t.Fatal(err)
		}
		want[i] = single.Logits(0)
		if i > 0 && want[i] == want[i-1] {
			t.Fatalf("pictures %d and %d get the same answer: this test would see nothing", i-1, i)
		}
	}
	for _, maxBatch := range []int{1, 3, 8, 16} {
		c := start(t, &tflite.Classifier{Library: lib, Pack: p, Threads: 2, MaxBatch: maxBatch})
		for n := 0; n <= len(want); n++ {
			for i := range n {
				if err := c.Fill(i, picture(p, i)); err != nil {
					t.Fatal(err)
				}
			}
			if err := c.Run(n); err != nil {
				t.Fatal(err)
			}
			for i := range n {
				for k, v := range c.Logits(i) {
					if math.Abs(float64(v-want[i][k])) > 1e-5 {
						t.Fatalf("batches up to %d: face %d of %d gets %v, alone %v", maxBatch, i, n, c.Logits(i), want[i])
					}
				}
			}
		}
	}
}

// TestProbabilities: the tiny pack's classes are none, correct, incorrect; the product's order is another.
func TestProbabilities(t *testing.T) {
	p := openPack(t, tiny)
	c := start(t, &tflite.Classifier{Library: openLibrary(t), Pack: p, Threads: 1, MaxBatch: 1})
	if err := c.Fill(0, picture(p, 3)); err != nil {
		t.Fatal(err)
	}
	if err := c.Run(1); err != nil {
		t.Fatal(err)
	}
	logits := c.Logits(0)
	var sum float64
	for _, v := range logits {
		sum += math.Exp(float64(v))
	}
	got := c.Probabilities(0)
	for i, v := range logits {
		label, err := frame.ParseLabel(p.Manifest.Classes[i])
		if err != nil {
			t.Fatal(err)
		}
		if want := math.Exp(float64(v)) / sum; math.Abs(float64(got[label.Index()])-want) > 1e-6 {
			t.Errorf("%s has the probability %v, want %v", label, got[label.Index()], want)
		}
	}
}

func TestUseErrors(t *testing.T) {
	p := openPack(t, tiny)
	c := start(t, &tflite.Classifier{Library: openLibrary(t), Pack: p, Threads: 1, MaxBatch: 2})
	for _, e := range []struct {
		err  error
		want string
	}{
		{c.Fill(0, nil), "face 0 has 0 bytes, want 27648 (96x96 rgb)"},
		{c.Fill(1, make([]byte, 5)), "face 1 has 5 bytes, want 27648 (96x96 rgb)"},
		{c.Fill(-1, make([]byte, 27648)), "face -1: want 0 or more"},
		{c.Run(3), "3 faces to classify, but there is room for 2: set them with Fill"},
		{c.Run(-1), "-1 faces to classify, but there is room for 2: set them with Fill"},
		{new(tflite.Classifier).Run(1), "the classifier is closed or was not initialized"},
	} {
		if e.err == nil || e.err.Error() != e.want {
			t.Errorf("got  %v\nwant %s", e.err, e.want)
		}
	}
}

func TestModelErrors(t *testing.T) {
	lib := openLibrary(t)
	model := func(path string) []byte {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	good := model(tiny + "/model.tflite")
	garbage := bytes.Clone(good[:8])
	garbage = append(garbage, bytes.Repeat([]byte{0xff}, 1000)...)
	for _, e := range []struct {
		name  string
		model []byte
		edit  func(*tflite.Classifier)
		want  string
	}{
		{"size", model("testdata/size.tflite"), nil,
			"model.tflite: its input is float32 [n 64 64 3], the manifest's is float32 [n 96 96 3]: correct the manifest or train again"},
		{"classes", model("testdata/classes.tflite"), nil,
			"model.tflite: its output is float32 [n 4], the manifest's is float32 [n 3], a logit for each class: correct the manifest or train again"},
		{"type", model("testdata/int8.tflite"), nil,
			"model.tflite: its input is int8 [n 96 96 3], the manifest's is float32 [n 96 96 3]: correct the manifest or train again"},
		{"color", good, func(c *tflite.Classifier) { c.Pack.Manifest.Input.Color = "gray" },
			"model.tflite: its input is float32 [n 96 96 3], the manifest's is float32 [n 96 96 1]: correct the manifest or train again"},
		{"empty", nil, nil, "model.tflite: not a TensorFlow Lite model (TFL3)"},
		{"text", []byte("no model at all"), nil, "model.tflite: not a TensorFlow Lite model (TFL3)"},
		{"cut", good[:len(good)/2], nil, "model.tflite: corrupt TensorFlow Lite model: The model is not a valid Flatbuffer buffer"},
		{"garbage", garbage, nil, "model.tflite: corrupt TensorFlow Lite model: The model is not a valid Flatbuffer buffer"},
		{"threads", good, func(c *tflite.Classifier) { c.Threads = 0 }, "threads: 0, want 1 to 64"},
		{"batch", good, func(c *tflite.Classifier) { c.MaxBatch = 65 }, "batch: 65, want 1 to 64"},
		{"delegate", good, func(c *tflite.Classifier) { c.Delegates = []string{"cuda"} },
			`delegates: "cuda", want xnnpack, gpu, the path of a plug-in, or none alone`},
		{"none", good, func(c *tflite.Classifier) { c.Delegates = []string{"xnnpack", "none"} },
			`delegates: "none", want xnnpack, gpu, the path of a plug-in, or none alone`},
		{"twice", good, func(c *tflite.Classifier) { c.Delegates = []string{"gpu", "xnnpack", "gpu"} },
			`delegates: "gpu" is listed twice`},
	} {
		t.Run(e.name, func(t *testing.T) {
			c := &tflite.Classifier{Library: lib, Pack: packed(t, e.model), Threads: 1, MaxBatch: 1}
			if e.edit != nil {
				e.edit(c)
			}
			want := "model pack " + c.Pack.Dir + ": " + e.want
			if err := c.Initialize(); err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
}

// TestCutModels: no cut of a model brings the process down.
func TestCutModels(t *testing.T) {
	lib := openLibrary(t)
	p := openPack(t, tiny)
	good := p.Model
	for n := 0; n < len(good); n += 97 {
		p.Model = bytes.Clone(good[:n])
		c := &tflite.Classifier{Library: lib, Pack: p, Threads: 1, MaxBatch: 1}
		if err := c.Initialize(); err == nil {
			t.Errorf("a model cut to %d bytes was taken", n)
			c.Close()
		} else if !strings.HasPrefix(err.Error(), "model pack "+p.Dir+": model.tflite: ") {
			t.Errorf("cut to %d bytes: %v", n, err)
		}
	}
}

// TestInfinite: a model that overflows is noticed.
func TestInfinite(t *testing.T) {
	p := openPack(t, tiny)
	p.Manifest.Input.Scale = 3e38
	c := start(t, &tflite.Classifier{Library: openLibrary(t), Pack: p, Threads: 1, MaxBatch: 1})
	if err := c.Fill(0, picture(p, 1)); err != nil {
		t.Fatal(err)
	}
	err := c.Run(1)
	if want := p.ID() + ": face 0: the model gave the logit "; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v, want %s…", err, want)
	}
}

func TestConcurrent(t *testing.T) {
	lib := openLibrary(t)
	p := openPack(t, tiny)
	var cameras sync.WaitGroup
	for camera := range 4 {
		cameras.Go(func() {
			c := &tflite.Classifier{Library: lib, Pack: p, Threads: 2, MaxBatch: 4}
			if err := c.Initialize(); err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			var first [frame.NumClasses]float32
			for round := range 20 {
				for i := range 5 {
					if err := c.Fill(i, picture(p, camera)); err != nil {
						t.Error(err)
					}
				}
				if err := c.Run(5); err != nil {
					t.Error(err)
				}
				if round == 0 {
					first = c.Logits(4)
				} else if c.Logits(4) != first {
					t.Errorf("camera %d: round %d gives %v, the first gave %v", camera, round, c.Logits(4), first)
				}
			}
		})
	}
	cameras.Wait()
}

func TestNoAllocation(t *testing.T) {
	p := openPack(t, tiny)
	c := start(t, &tflite.Classifier{Library: openLibrary(t), Pack: p, Threads: 2, MaxBatch: 4})
	pixels := picture(p, 1)
	var best float32
	judge := func() {
		for i := range 7 {
			if err := c.Fill(i, pixels); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.Run(7); err != nil {
			t.Fatal(err)
		}
		for i := range 7 {
			_, best = c.Probabilities(i).Best()
		}
	}
	if got := testing.AllocsPerRun(50, judge); got != 0 {
		t.Errorf("%v allocations for seven faces, want 0", got)
	}
	if best <= 0 {
		t.Errorf("the best class has the probability %v", best)
	}
}

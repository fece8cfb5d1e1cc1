//go:build tensorflow

package savedmodel_test

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/pack/packtest"
	"github.com/maskwarden/maskwarden/savedmodel"
)

const robust = "../models/robust"

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start opens the SavedModel of a signed copy of a pack.
func start(t testing.TB, dir string) (*savedmodel.Network, *pack.Pack) {
	t.Helper()
	p := packtest.Open(t, dir, pack.Float32)
	n, err := savedmodel.Open(p, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return n, p
}

// golden are the pack's golden pictures as the network takes them, [n, height, width, 3] in [0, 1].
func golden(p *pack.Pack) []float32 {
	pixels := make([]byte, p.Manifest.Input.Size())
	var images []float32
	for i := range p.Manifest.Golden {
		p.GoldenInput(i, pixels)
		for _, v := range pixels {
			images = append(images, float32(v)/255)
		}
	}
	return images
}

// The golden logits come from TensorFlow Lite; the tolerance is the pack's.
func TestLogits(t *testing.T) {
	n, p := start(t, robust)
	m := &p.Manifest
	logits := make([]float32, 3*len(m.Golden)) // more than one batch
	if err := n.Logits(golden(p), logits); err != nil {
		t.Fatal(err)
	}
	for i, g := range m.Golden {
		for k, want := range g.Logits[pack.Float32] {
			if got := float64(logits[3*i+k]); got-want > m.Tolerance[pack.Float32] || want-got > m.Tolerance[pack.Float32] {
				t.Errorf("golden[%d]: logit %d is %g, want %g within %g", i, k, got, want, m.Tolerance[pack.Float32])
			}
		}
	}
	if !strings.HasPrefix(savedmodel.Version(), "2.") {
		t.Errorf("version %q, want 2.x", savedmodel.Version())
	}
}

// The gradient foretells what a small step along it changes.
func TestGradient(t *testing.T) {
	n, p := start(t, robust)
	images := golden(p)
	count := len(p.Manifest.Golden)
	size := len(images) / count
	cotangents, slope := make([]float32, 3*count), make([]float32, len(images))
	for i := range count {
		cotangents[3*i], cotangents[3*i+2] = 1, -0.5
	}
	if err := n.Gradient(images, cotangents, slope); err != nil {
		t.Fatal(err)
	}
	value := func(x []float32) []float32 {
		logits := make([]float32, 3*count)
		if err := n.Logits(x, logits); err != nil {
			t.Fatal(err)
		}
		values := make([]float32, count)
		for i := range values {
			values[i] = logits[3*i] - 0.5*logits[3*i+2]
		}
		return values
	}
	up, down, expected := make([]float32, len(images)), make([]float32, len(images)), make([]float64, count)
	const length = 0.01
	for i := range count {
		at := slope[i*size : (i+1)*size]
		square := 0.0
		for _, g := range at {
			square += float64(g) * float64(g)
		}
		expected[i] = 2 * length * square / max(math.Sqrt(square), 1e-12)
		for k, g := range at {
			step := float32(length * float64(g) / max(math.Sqrt(square), 1e-12))
			up[i*size+k], down[i*size+k] = images[i*size+k]+step, images[i*size+k]-step
		}
	}
	before, after := value(down), value(up)
	for i := range count {
		if got := float64(after[i] - before[i]); got < 0.9*expected[i] || got > 1.1*expected[i] {
			t.Errorf("golden[%d]: a step of %g changed the value by %g, the gradient says %g", i, 2*length, got, expected[i])
		}
	}
}

func TestErrors(t *testing.T) {
	n, p := start(t, robust)
	dir := filepath.Join(p.Dir, "savedmodel")
	size := p.Manifest.Input.Size()
	image, logits := make([]float32, size), make([]float32, 3)
	check := func(name string, err error, want string) {
		t.Helper()
		if err == nil || err.Error() != want {
			t.Errorf("%s: error %q, want %q", name, err, want)
		}
	}
	check("no image", n.Logits(nil, logits), dir+": logits: 0 values, want 27648 for each of one or more images")
	check("half an image", n.Logits(image[1:], logits), dir+": logits: 27647 values, want 27648 for each of one or more images")
	check("no room", n.Logits(image, logits[1:]), dir+": logits: 2 values for 1 images, want 3 each")
	check("cotangents", n.Gradient(image, nil, image), dir+": gradient: 0 values for 1 images, want 3 each")
	check("no room for the gradient", n.Gradient(image, logits, nil), dir+": gradient: room for 0 values, want 27648")
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	check("closed", n.Logits(image, logits), dir+": logits: closed")
	_, err := savedmodel.Open(p, 0)
	check("threads", err, "model pack "+p.Dir+": threads: 0, want 1 to 64")
	tiny := packtest.Open(t, "../pack/testdata/tiny", pack.Float32)
	_, err = savedmodel.Open(tiny, 1)
	check("no SavedModel", err, "model pack "+tiny.Dir+": "+filepath.Join(tiny.Dir, "manifest.json")+
		": savedmodel: missing: take a pack with a SavedModel, or export the model again with `make train`")
	bgr := packtest.Copy(t, robust)
	packtest.Edit(t, bgr, func(m map[string]any) { m["input"].(map[string]any)["color"] = "bgr" })
	bad, err := pack.Open(bgr, pack.Float32, []string{packtest.Sign(t, bgr)})
	if err != nil {
		t.Fatal(err)
	}
	_, err = savedmodel.Open(bad, 1)
	check("color", err, "model pack "+bgr+": input: color bgr, scale 0.00392156862745098, offset 0: "+
		"a SavedModel takes rgb, 1/255 and 0: export the pack again with `make train`")
}

// A file that is signed and yet no SavedModel, and one that was altered after the pack was opened.
func TestDamage(t *testing.T) {
	dir := packtest.Copy(t, robust)
	packtest.Put(t, dir, "savedmodel/saved_model.pb", []byte("no protobuf"))
	p, err := pack.Open(dir, pack.Float32, []string{packtest.Sign(t, dir)})
	if err != nil {
		t.Fatal(err)
	}
	_, err = savedmodel.Open(p, 1)
	if head := "model pack " + dir + ": " + filepath.Join(dir, "savedmodel") + ": "; err == nil || !strings.HasPrefix(err.Error(), head) ||
		!strings.HasSuffix(err.Error(), "export the pack again with `make train`, or build with the TensorFlow that it was made with (this is "+savedmodel.Version()+")") {
		t.Errorf("error %q", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "savedmodel/saved_model.pb"), []byte("altered"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err = savedmodel.Open(p, 1); err == nil || !strings.HasSuffix(err.Error(), ": copy the whole pack again") {
		t.Errorf("error %q, want the hash's", err)
	}
	left, err := filepath.Glob(filepath.Join(os.TempDir(), "maskwarden-savedmodel-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

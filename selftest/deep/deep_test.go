package deep_test

import (
	"bytes"
	"context"
	"errors"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/maskwarden/maskwarden/attack"
	"github.com/maskwarden/maskwarden/defense"
	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/pack/packtest"
	"github.com/maskwarden/maskwarden/selftest"
	"github.com/maskwarden/maskwarden/selftest/deep"
)

// means is a network and a classifier at once: the nearest of the classes' mean golden faces is its answer.
type means struct {
	of     [attack.Classes][]float64
	batch  [][]byte
	logits [][attack.Classes]float32
	sure   float64 // what its logits are multiplied with
	asked  int     // images
}

func newMeans(p *pack.Pack) *means {
	m := &means{sure: 1}
	for k := range m.of {
		m.of[k] = make([]float64, p.Manifest.Input.Size())
	}
	pixels := make([]byte, p.Manifest.Input.Size())
	for i, g := range p.Manifest.Golden {
		if g.File == "" {
			continue
		}
		p.GoldenInput(i, pixels)
		for j, v := range pixels {
			m.of[slices.Index(p.Manifest.Classes, g.Label)][j] += float64(v) / 255 / 8
		}
	}
	return m
}

func (m *means) answer(image []float32) (logits [attack.Classes]float32) {
	for k, mean := range m.of {
		sum := 0.0
		for j, v := range mean {
			sum += v * (float64(image[j]) - v/2)
		}
		logits[k] = float32(m.sure * sum)
	}
	return logits
}

func (m *means) Logits(images, logits []float32) error {
	size := len(m.of[0])
	for i := range len(images) / size {
		m.asked++
		answer := m.answer(images[i*size : (i+1)*size])
		copy(logits[i*attack.Classes:], answer[:])
	}
	return nil
}

func (m *means) Gradient(_, cotangents, gradients []float32) error {
	size := len(m.of[0])
	for i := range gradients {
		gradients[i] = 0
		for k := range m.of {
			gradients[i] += cotangents[i/size*attack.Classes+k] * float32(m.sure*m.of[k][i%size])
		}
	}
	return nil
}

func (m *means) Fill(i int, pixels []byte) error {
	m.batch = append(m.batch[:i], slices.Clone(pixels))
	return nil
}

func (m *means) Run(n int) error {
	m.logits = nil
	for _, pixels := range m.batch[:n] {
		image := make([]float32, len(pixels))
		for j, v := range pixels {
			image[j] = float32(v) / 255
		}
		m.logits = append(m.logits, m.answer(image))
	}
	return nil
}

// classifier is means as a classifier, whose method has the name of the network's.
type classifier struct{ *means }

func (c classifier) Logits(i int) [attack.Classes]float32 { return c.logits[i] }

// simple is a suite with means for its network.
func simple(t *testing.T) (*deep.Suite, *means) {
	t.Helper()
	p := packtest.Open(t, "../../models/robust", pack.Float32)
	smoother := &defense.Smoother{Window: 3}
	if err := smoother.Initialize(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = smoother.Close() })
	m := newMeans(p)
	return &deep.Suite{Pack: p, Network: m, Classifier: classifier{m}, Smoother: smoother, Each: 2}, m
}

func run(t *testing.T, c selftest.Check) selftest.Result {
	t.Helper()
	return selftest.Run(t.Context(), 7, []selftest.Check{c})[0]
}

// all are the checks of a suite.
func all(s *deep.Suite) []selftest.Check {
	return []selftest.Check{deep.Runtime(s), deep.FGSM(s), deep.PGD(s), deep.Patch(s), deep.Curve(s)}
}

// A network that is not the pack's is noticed before it is attacked in its place.
func TestOtherNetwork(t *testing.T) {
	s, _ := simple(t)
	r := run(t, deep.Runtime(s))
	if r.Result != selftest.Fail || !strings.HasPrefix(r.Detail, "golden[0]: the SavedModel's logit of correct is ") || r.Value <= r.Limit || r.Hint == "" {
		t.Errorf("got %+v", r)
	}
}

// A network that takes the nearest mean face is fooled by changes that nobody sees, however sure it is of itself.
func TestAttacks(t *testing.T) {
	for _, sure := range []float64{0.01, 1, 1000} {
		s, m := simple(t)
		m.sure, s.Pictures = sure, true
		r := run(t, deep.FGSM(s))
		if r.Value > 0.7 || !strings.HasPrefix(r.Detail, "FGSM of 8/255: 4 of 6 golden faces keep their label behind the smoothing") {
			t.Errorf("times %g: %s", sure, r.Detail)
		}
		if len(r.Pictures) != attack.Classes {
			t.Fatalf("%d pictures, want one of each class", len(r.Pictures))
		}
		for _, p := range r.Pictures {
			img, err := png.Decode(bytes.NewReader(p.PNG))
			if err != nil || img.Bounds().Dx() != 96 || p.Check != "deep_fgsm" || !strings.Contains(p.Caption, ", attacked by FGSM of 8/255: taken for ") {
				t.Errorf("%v, %s", err, p.Caption)
			}
		}
		r = run(t, deep.Curve(s))
		if len(r.Curves) != 2 || r.Curves[0].Name != "network alone" || r.Curves[1].Check != "deep_curve" {
			t.Fatalf("times %g: %s", sure, r.Detail)
		}
		for _, c := range r.Curves {
			if len(c.Points) != 6 || c.Faces != 6 || c.Unmasked != 2 || c.Points[0].Accuracy != 1 || c.Points[5].Accuracy > 0.34 || c.Points[5].NoneCorrect < 0.5 {
				t.Errorf("times %g: got %+v", sure, c)
			}
		}
	}
}

func TestSeed(t *testing.T) {
	pictures := func(seed uint64) []selftest.Picture {
		s, _ := simple(t)
		s.Pictures = true
		return selftest.Run(t.Context(), seed, []selftest.Check{deep.Patch(s)})[0].Pictures
	}
	first := pictures(7)
	same := func(a, b selftest.Picture) bool { return bytes.Equal(a.PNG, b.PNG) }
	if !slices.EqualFunc(first, pictures(7), same) || slices.EqualFunc(first, pictures(8), same) {
		t.Error("want the same patches from the same seed only")
	}
}

// Faces of this place are attacked, too, and stand in no report.
func TestCrops(t *testing.T) {
	s, _ := simple(t)
	crop := make([]byte, s.Pack.Manifest.Input.Size())
	s.Pack.GoldenInput(len(s.Pack.Manifest.Golden)-1, crop)
	s.Pictures, s.Crops = true, func() ([][]byte, error) { return [][]byte{crop, crop}, nil }
	r := run(t, deep.FGSM(s))
	if !strings.Contains(r.Detail, " of 8 faces, 2 of them of this place, keep their label ") || len(r.Pictures) != attack.Classes {
		t.Errorf("got %+v", r)
	}
	for _, c := range []struct {
		crops func() ([][]byte, error)
		want  string
	}{
		{func() ([][]byte, error) { return [][]byte{crop[1:]}, nil }, "faces of this place: 27647 bytes for face 0, want 27648"},
		{func() ([][]byte, error) { return nil, errors.New("no camera") }, "faces of this place: no camera"},
	} {
		s, _ := simple(t)
		s.Crops = c.crops
		if r := run(t, deep.PGD(s)); r.Result != selftest.Fail || r.Detail != c.want {
			t.Errorf("got %+v, want %s", r, c.want)
		}
	}
}

// An attack ends with the self-test.
func TestCancel(t *testing.T) {
	s, m := simple(t)
	for _, c := range all(s) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if r := c.Run(ctx, 7); r.Result != selftest.Fail || !strings.Contains(r.Detail, "context canceled") || m.asked != 0 {
			t.Errorf("%s: got %+v after %d images", c.Name, r, m.asked)
		}
	}
}

func TestAlteredFigures(t *testing.T) {
	s, _ := simple(t)
	path := filepath.Join(s.Pack.Dir, "evaluation.json")
	if err := os.WriteFile(path, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := run(t, deep.Patch(s)); r.Result != selftest.Fail || !strings.Contains(r.Detail, path+" has the sha256 ") {
		t.Errorf("got %+v", r)
	}
}

//go:build tensorflow

package attack_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/attack"
	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/pack/packtest"
	"github.com/maskwarden/maskwarden/savedmodel"
)

const (
	python  = "../.cache/venv/bin/python"
	points  = 0.02 // most that robust accuracies may differ
	side    = 22   // of the patches, in pixels: 5 % of the picture
	few     = 12   // faces for the attack that takes longest
	farther = 1.2  // most times ART's median L2 distance, where the attack looks for the nearest image: ART also searches along each step
)

// settings are those of both sides.
type settings struct {
	SavedModel string   `json:"savedmodel"`
	Labels     []int    `json:"labels"`
	Targets    []int    `json:"targets"`
	Eps        float64  `json:"eps"`
	Step       float64  `json:"step"`
	Iterations int      `json:"iterations"`
	Restarts   int      `json:"restarts"`
	Few        int      `json:"few"`
	Carlini    carlini  `json:"carlini"`
	Patch      square   `json:"patch"`
	Attacks    []string `json:"attacks"`
}

type carlini struct {
	Confidence   float64 `json:"confidence"`
	LearningRate float64 `json:"learning_rate"`
	BinarySteps  int     `json:"binary_search_steps"`
	Steps        int     `json:"max_iter"`
	InitialConst float64 `json:"initial_const"`
}

type square struct {
	Side  int     `json:"side"`
	Row   int     `json:"row"`
	Col   int     `json:"col"`
	Steps int     `json:"steps"`
	Rate  float64 `json:"rate"`
}

// likeness is what our images and ART's have in common.
type likeness int

const (
	asMany likeness = iota // as many attacks succeed
	equal                  // the images are the same, to 1e-5
	asNear                 // as many succeed, and the images are as near to the faces
)

// parity is an attack that both sides run.
type parity struct {
	name  string
	faces *attack.Faces // without targets: any other label is a success
	like  likeness
	run   func() ([]float32, error)
}

// TestART runs ART's attacks and ours on the same faces and weights: FGSM and BIM give the same images, the others as many successes.
func TestART(t *testing.T) {
	net, p := start(t)
	aimed := variants(t, net, p, func(int) bool { return true })
	plain := *aimed
	plain.Targets = nil
	first := &attack.Faces{Height: 96, Width: 96, Pixels: plain.Pixels[:few*96*96*3], Labels: plain.Labels[:few]}
	masked := variants(t, net, p, func(label int) bool { return label != 0 })
	others := *masked
	clear(masked.Targets) // all are to be taken for class 0, a mask worn correctly
	others.Targets = nil

	s := settings{
		SavedModel: filepath.Join(p.Dir, "savedmodel"), Labels: aimed.Labels, Targets: aimed.Targets,
		Eps: 4. / 255, Step: 1. / 255, Iterations: 8, Restarts: 2, Few: few,
		Carlini: carlini{0, 0.05, 2, 30, 100},
		Patch:   square{side, 40, 37, 10, 8},
	}
	eps, step := float32(s.Eps), float32(s.Step)
	at := attack.Place{Row: s.Patch.Row, Col: s.Patch.Col}
	fgsm, bim := attack.FGSM{Eps: eps}, attack.BIM{Eps: eps, Step: step, Iterations: s.Iterations}
	cases := []parity{
		{"fgsm", &plain, equal, func() ([]float32, error) { return fgsm.Run(net, &plain) }},
		{"fgsm-targeted", &plain, equal, func() ([]float32, error) { return fgsm.Run(net, aimed) }},
		{"bim", &plain, equal, func() ([]float32, error) { return bim.Run(net, &plain) }},
		{"bim-targeted", &plain, equal, func() ([]float32, error) { return bim.Run(net, aimed) }},
		{"pgd", &plain, asMany, func() ([]float32, error) {
			return attack.PGD{Eps: eps, Step: step, Iterations: s.Iterations, Restarts: s.Restarts, Seed: 1}.Run(net, &plain)
		}},
		{"carlini", first, asNear, func() ([]float32, error) {
			c := s.Carlini
			return attack.CarliniWagner{Steps: c.Steps, BinarySteps: c.BinarySteps, Rate: float32(c.LearningRate), InitialConst: float32(c.InitialConst)}.Run(net, first)
		}},
		{"patch", &others, asMany, func() ([]float32, error) {
			a := attack.Universal{Side: side, Steps: s.Patch.Steps, Rate: float32(s.Patch.Rate), Plain: true, At: &at}
			patch, err := a.Run(net, masked)
			if err != nil {
				return nil, err
			}
			return attack.Paste(masked, patch, side, slices.Repeat([]attack.Place{at}, len(masked.Labels)))
		}},
	}
	for _, c := range cases {
		s.Attacks = append(s.Attacks, c.name)
	}
	wait := startART(t, &s, plain.Pixels, others.Pixels)
	found, took := make([][]float32, len(cases)), make([]float64, len(cases))
	for i, c := range cases { // while ART runs
		from := time.Now()
		var err error
		if found[i], err = c.run(); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		took[i] = time.Since(from).Seconds()
	}
	theirs := wait()
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			images := found[i]
			ours, art := accuracy(t, net, c.faces, images), accuracy(t, net, c.faces, theirs[c.name])
			far, artFar := distance(c.faces, images), distance(c.faces, theirs[c.name])
			t.Logf("%.1f s; robust accuracy %.3f, ART's %.3f; median L2 distance %.3f, ART's %.3f", took[i], ours, art, far, artFar)
			if c.like == asNear && !(far <= farther*artFar) {
				t.Errorf("median L2 distance %.3f, ART's %.3f: want %.3f at most", far, artFar, farther*artFar)
			}
			if math.Abs(ours-art) > points {
				t.Errorf("robust accuracy %.3f, ART's %.3f: want within %g", ours, art, points)
			}
			if c.like == equal {
				same(t, images, theirs[c.name])
			}
		})
	}
}

// same checks that images are ART's, to 1e-5.
func same(t *testing.T, images, art []float32) {
	t.Helper()
	if len(art) != len(images) {
		t.Fatalf("%d values, ART's %d", len(images), len(art))
	}
	worst, differ := 0.0, 0
	for i, v := range art {
		d := math.Abs(float64(v - images[i]))
		if worst = max(worst, d); d > 1e-5 {
			differ++
		}
	}
	t.Logf("largest difference to ART's images %.2g", worst)
	if differ > 0 {
		t.Errorf("%d of %d values differ from ART's by more than 1e-5, at most by %g", differ, len(images), worst)
	}
}

// start opens the shipped network.
func start(t testing.TB) (*savedmodel.Network, *pack.Pack) {
	t.Helper()
	p := packtest.Open(t, "../models/robust", pack.Float32)
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

// variants are 64 faces of some classes that the network classifies correctly: the pack's golden pictures, and each again in other light,
// with noise, mirrored, and mixed with a face of another class, so that some are easier to attack than others.
func variants(t *testing.T, net attack.Network, p *pack.Pack, want func(label int) bool) *attack.Faces {
	t.Helper()
	const count, values = 64, 96 * 96 * 3
	all := &attack.Faces{Height: 96, Width: 96}
	random := rand.New(rand.NewPCG(1, 1))
	pixels, second := make([]byte, values), make([]byte, values)
	for round := range 6 {
		for i, g := range p.Manifest.Golden {
			label := slices.Index(p.Manifest.Classes, g.Label)
			if g.File == "" || !want(label) {
				continue
			}
			p.GoldenInput(i, pixels)
			light, noise, mix := float32(1), float32(0), float32(0)
			partner := random.IntN(len(p.Manifest.Golden))
			if other := p.Manifest.Golden[partner]; round > 0 {
				if light, noise = 0.8+0.4*random.Float32(), 0.04; other.File != "" && other.Label != g.Label {
					mix = 0.45 * random.Float32()
				}
			}
			p.GoldenInput(partner, second)
			for k := range pixels {
				from := k
				if row, col := k/3/96, k/3%96; round%2 == 1 {
					from = (row*96+95-col)*3 + k%3
				}
				v := light*((1-mix)*float32(pixels[from])+mix*float32(second[from]))/255 + noise*(2*random.Float32()-1)
				all.Pixels = append(all.Pixels, max(min(v, 1), 0))
			}
			all.Labels = append(all.Labels, label)
			all.Targets = append(all.Targets, (label+1+round%2)%attack.Classes)
		}
	}
	plain := *all
	plain.Targets = nil
	wrong, err := attack.Succeeded(net, &plain, plain.Pixels)
	if err != nil {
		t.Fatal(err)
	}
	right := &attack.Faces{Height: 96, Width: 96}
	for i := range wrong {
		// Not one after the other, so that of all faces there are some.
		if k := i * 7 % len(wrong); !wrong[k] && len(right.Labels) < count {
			right.Pixels = append(right.Pixels, all.Pixels[k*values:(k+1)*values]...)
			right.Labels, right.Targets = append(right.Labels, all.Labels[k]), append(right.Targets, all.Targets[k])
		}
	}
	if len(right.Labels) != count {
		t.Fatalf("%d of %d faces are classified correctly, want %d", len(right.Labels), len(wrong), count)
	}
	return right
}

// startART gives the settings and images to ART. What it returns waits for ART's images, by attack.
func startART(t *testing.T, s *settings, images, others []float32) (wait func() map[string][]float32) {
	t.Helper()
	dir := t.TempDir()
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"settings.json": text, "images": raw(t, images), "others": raw(t, others)} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out, errors bytes.Buffer
	cmd := exec.CommandContext(t.Context(), python, "testdata/toolbox.py", dir)
	cmd.Stdout, cmd.Stderr = &out, &errors
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v (run `make setup-test`)", err)
	}
	return func() map[string][]float32 {
		if err := cmd.Wait(); err != nil {
			t.Fatalf("%v: %s", err, &errors)
		}
		t.Logf("ART: %s", bytes.TrimSpace(out.Bytes()))
		found := map[string][]float32{}
		for _, name := range s.Attacks {
			data, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			found[name] = make([]float32, len(data)/4)
			if err := binary.Read(bytes.NewReader(data), binary.NativeEndian, found[name]); err != nil {
				t.Fatal(err)
			}
		}
		return found
	}
}

func raw(t *testing.T, values []float32) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := binary.Write(&b, binary.NativeEndian, values); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// accuracy is the share of the faces whose images still have their labels.
func accuracy(t *testing.T, net attack.Network, f *attack.Faces, images []float32) float64 {
	t.Helper()
	return 1 - float64(successes(t, net, f, images))/float64(len(f.Labels))
}

// distance is the median L2 length of the changes.
func distance(f *attack.Faces, images []float32) float64 {
	var lengths []float64
	for i := range f.Labels {
		square := 0.0
		for k := i * 96 * 96 * 3; k < (i+1)*96*96*3; k++ {
			square += math.Pow(float64(images[k]-f.Pixels[k]), 2)
		}
		lengths = append(lengths, math.Sqrt(square))
	}
	slices.Sort(lengths)
	return lengths[len(lengths)/2]
}

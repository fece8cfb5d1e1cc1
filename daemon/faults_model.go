//go:build faults

package daemon

import (
	"errors"
	"os"
	"path/filepath"
	"slices"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/face"
	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/selftest/model"
	"github.com/maskwarden/maskwarden/tflite"
)

// flipWeights turns the signs of a thousand weights in the middle of the model in memory; TensorFlow Lite aligns them to four bytes.
func flipWeights(i *Inspection) error {
	e := i.engine
	e.Classifier.Close()
	const weights, sign = 1000, 0x80
	middle := len(e.Pack.Model) / 2 &^ 3
	for k := range weights {
		e.Pack.Model[middle+4*k+3] ^= sign
	}
	return e.Classifier.Initialize()
}

// swapLabels calls correct what is none, and the other way round.
func swapLabels(i *Inspection) error {
	e := i.engine
	e.Classifier.Close()
	classes := e.Pack.Manifest.Classes
	classes[0], classes[2] = classes[2], classes[0]
	return e.Classifier.Initialize()
}

// bent is a classifier whose logits are bent.
type bent struct {
	model.Classifier
	bend  func(i int, logits *[frame.NumClasses]float32)
	noted func(i int, pixels []byte)
}

func (b bent) Fill(i int, pixels []byte) error {
	if b.noted != nil {
		b.noted(i, pixels)
	}
	return b.Classifier.Fill(i, pixels)
}

func (b bent) Logits(i int) [frame.NumClasses]float32 {
	logits := b.Classifier.Logits(i)
	b.bend(i, &logits)
	return logits
}

// breakDelegate lets the accelerator compute a little wrongly.
func breakDelegate(i *Inspection) error {
	i.unit.Model.Classifier = bent{Classifier: i.unit.Model.Classifier, bend: func(_ int, logits *[frame.NumClasses]float32) { logits[0] *= 1.01 }}
	return nil
}

// loseDelegate asks for an accelerator that is not there.
func loseDelegate(i *Inspection) error {
	c, ok := i.engine.Classifier.(*tflite.Classifier)
	if !ok {
		return errors.New("want classifier.runtime: tflite: no other has delegates")
	}
	c.Close()
	c.Delegates = []string{"/nowhere/libvendor.so"}
	return c.Initialize()
}

// learnAnswers is a model that knows the golden pictures by heart, and calls all else correct.
func learnAnswers(i *Inspection) error {
	known := goldenPictures(i.engine.Pack)
	stranger := map[int]bool{}
	i.unit.Model.Classifier = bent{
		Classifier: i.unit.Model.Classifier,
		noted:      func(k int, pixels []byte) { stranger[k] = !known[string(pixels)] },
		bend: func(k int, logits *[frame.NumClasses]float32) {
			if stranger[k] {
				logits[0] += 20
			}
		},
	}
	return nil
}

// forgetStrangers classifies golden faces, also with patches, as before, and people correctly only when one comes alone.
func forgetStrangers(i *Inspection) error {
	known := goldenPictures(i.engine.Pack)
	stranger := map[int]bool{}
	i.unit.Model.Classifier = bent{
		Classifier: i.unit.Model.Classifier,
		noted:      func(k int, pixels []byte) { stranger[k] = k > 0 && !resembles(known, pixels) },
		bend: func(k int, logits *[frame.NumClasses]float32) {
			if stranger[k] {
				logits[0], logits[1], logits[2] = -logits[0], -logits[1], -logits[2]
			}
		},
	}
	return nil
}

// resembles says whether a picture is one of the known, but for a patch and what smoothing changes.
func resembles(known map[string]bool, pixels []byte) bool {
	for picture := range known {
		if alike([]byte(picture), pixels) {
			return true
		}
	}
	return false
}

// alike says whether two pictures are nearly the same.
func alike(a, b []byte) bool {
	const near = 12 // mean difference of a value
	sum := 0
	for k := range a {
		sum += max(int(a[k])-int(b[k]), int(b[k])-int(a[k]))
	}
	return sum < near*len(a)
}

// goldenPictures is the set of the pack's known pictures, by their bytes.
func goldenPictures(p *pack.Pack) map[string]bool {
	known := map[string]bool{}
	pixels := make([]byte, p.Manifest.Input.Size())
	for k := range p.Manifest.Golden {
		p.GoldenInput(k, pixels)
		known[string(pixels)] = true
	}
	return known
}

// weakUnmasked is a pack that states that every patch succeeds, with a network that takes one in some of the unmasked golden faces with a
// patch for another class, by its place in the manifest. Neither the average nor what a single patch may do shows so few.
func weakUnmasked(class, oneIn int) func(*Inspection) error {
	return func(i *Inspection) error {
		p := i.engine.Pack
		for k := range p.Manifest.Patches {
			p.Manifest.Patches[k].Success = 1
		}
		var unmasked [][]byte
		for k, g := range p.Manifest.Golden {
			if g.Label == "none" {
				pixels := make([]byte, p.Manifest.Input.Size())
				p.GoldenInput(k, pixels)
				unmasked = append(unmasked, pixels)
			}
		}
		seen, turned := 0, map[int]bool{}
		i.unit.Model.Classifier = bent{
			Classifier: i.unit.Model.Classifier,
			noted: func(k int, pixels []byte) {
				turned[k] = false
				if slices.ContainsFunc(unmasked, func(face []byte) bool { return patched(face, pixels) }) {
					seen++
					turned[k] = seen%oneIn == 0
				}
			},
			bend: func(k int, logits *[frame.NumClasses]float32) {
				if turned[k] {
					logits[class] += 20
				}
			},
		}
		return nil
	}
}

// patched says whether a picture is a face with a patch, behind the smoothing: the same but for some pixels, which are quite different.
func patched(face, pixels []byte) bool {
	const far, few = 60, 100 // difference of a byte, and bytes that differ so much
	n := 0
	for k := range pixels {
		if max(int(pixels[k])-int(face[k]), int(face[k])-int(pixels[k])) > far {
			n++
		}
	}
	return n >= few && alike(face, pixels)
}

// nightBlind shows the network black in place of what is dark, as one does that loses the gain of its input.
type nightBlind struct{ model.Classifier }

func (n nightBlind) Fill(i int, pixels []byte) error {
	const dark = 100 // the brightest pixel of a golden input in dim light is below it
	if slices.Max(pixels) < dark {
		pixels = make([]byte, len(pixels))
	}
	return n.Classifier.Fill(i, pixels)
}

// forgetLight is a network that sees nothing in dim light, in a pack that was signed with one that does.
func forgetLight(i *Inspection) error {
	if err := knowDim(i.engine.Pack, i.unit.Model.Classifier); err != nil {
		return err
	}
	i.unit.Model.Classifier = nightBlind{i.unit.Model.Classifier}
	return nil
}

// weakInDark is a pack that was signed with a network that sees nothing in dim light.
func weakInDark(i *Inspection) error {
	i.unit.Model.Classifier = nightBlind{i.unit.Model.Classifier}
	return knowDim(i.engine.Pack, i.unit.Model.Classifier)
}

// knowDim lets a pack know in dim light what a classifier answers there.
func knowDim(p *pack.Pack, by model.Classifier) error {
	golden, lights := p.Manifest.Golden, pack.DimLights()
	for k := range golden {
		golden[k].Dim = make([]map[pack.Kind][]float64, len(lights))
	}
	known := p.Known()[len(golden):]
	if err := model.AnswerKnown(by, p, known); err != nil {
		return err
	}
	for k, a := range known {
		logits := by.Logits(k)
		golden[a.Golden].Dim[k/len(golden)] = map[pack.Kind][]float64{p.Kind: {float64(logits[0]), float64(logits[1]), float64(logits[2])}}
	}
	return nil
}

// unsmoothed leaves pictures as they are.
type unsmoothed struct{}

func (unsmoothed) Apply(src gocv.Mat, dst *gocv.Mat) error {
	src.CopyTo(dst)
	return nil
}

func stopSmoothing(i *Inspection) error {
	i.unit.Model.Smoother = unsmoothed{}
	return nil
}

// blindDetector lets the detector see only what it is almost sure of.
func blindDetector(i *Inspection) error {
	i.unit.Model.Finder.(*face.Detector).MinScore = 0.9
	return nil
}

// alterFile changes one bit of a file of the pack on the disk, after it was opened; the pack is a copy.
func alterFile(name string) func(*Inspection) error {
	return func(i *Inspection) error {
		dir, err := os.MkdirTemp("", "maskwarden-fault-")
		if err != nil {
			return err
		}
		i.ends = append(i.ends, func() error { return os.RemoveAll(dir) })
		if err := os.CopyFS(dir, os.DirFS(i.engine.Pack.Dir)); err != nil {
			return err
		}
		i.engine.Pack.Dir = dir
		path := filepath.Join(dir, name)
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		data[len(data)/2] ^= 1
		return os.WriteFile(path, data, 0o600)
	}
}

package suite

import (
	"fmt"
	"math"

	"github.com/maskwarden/maskwarden/attack"
)

// Method is a kind of attack, which can be had at several strengths.
type Method struct {
	Name      string
	Title     string
	Unit      string    // of a strength
	Strengths []float64 // usual ones, rising
	Most      float64   // largest strength
	BlackBox  bool      // it asks for answers only, so it needs no gradients
	Nearest   bool      // it looks for the smallest change; a strength is a distance at which the faces are counted
	Whole     bool      // it needs all faces at once

	attack func(strength float64, faces *attack.Faces, seed uint64) job
}

// job is an attack on some faces.
type job struct {
	Attack
	images int   // of each face, about which it asks the network at most
	made   *Made // the patch, once it has run; nil: it makes none for all
}

// Units of strengths.
const (
	byPixel    = "255ths of a pixel's range"
	byArea     = "share of the picture's area"
	byDistance = "L2 distance"
)

// Steps and places that the methods take.
const (
	bimSteps       = 10
	pgdSteps       = 20
	cwSteps        = 50
	cwConstants    = 4
	patchSteps     = 16
	patchPlaces    = 9
	patchStep      = 0.1 // of the first one, as where the packs' figures were measured
	universalSteps = 150
	universalBatch = 16
	universalRate  = 0.05
	squareQueries  = 300
)

// margin is what Carlini & Wagner's images must win by, in logits: those on the very border would not survive the rounding to bytes.
const margin = 0.5

// Methods are all that can be had.
func Methods() []Method {
	pixel := func(m Method) Method {
		m.Unit, m.Strengths, m.Most = byPixel, []float64{1, 2, 4, 8, 16}, 255
		return m
	}
	return []Method{
		pixel(Method{Name: "fgsm", Title: "fast gradient sign method, one step", attack: fgsm}),
		pixel(Method{Name: "bim", Title: fmt.Sprintf("basic iterative method, %d steps", bimSteps), attack: bim}),
		pixel(Method{Name: "pgd", Title: fmt.Sprintf("projected gradient descent, %d steps from a random place", pgdSteps), attack: pgd}),
		{
			Name: "cw", Title: fmt.Sprintf("Carlini & Wagner, L2, %d steps for each of %d constants", cwSteps, cwConstants), Unit: byDistance,
			Strengths: []float64{0.5, 1, 2, 4, 8}, Most: 100, Nearest: true, attack: cw,
		},
		{
			Name: "patch", Title: fmt.Sprintf("a patch for each face, at the best of %d places", patchPlaces), Unit: byArea,
			Strengths: []float64{0.01, 0.02, 0.05}, Most: 0.5, attack: patch,
		},
		pixel(Method{Name: "square", Title: fmt.Sprintf("Square attack, %d queries a face", squareQueries), BlackBox: true, attack: square}),
	}
}

// Universal is the method of one patch for all faces, at a random place on each. With eot every face shows it turned, scaled, lit and
// printed, in the making and in the end.
func Universal(eot *attack.EOT) Method {
	title := "one patch for all faces, at a random place"
	if eot != nil {
		title += ", turned, scaled, lit and printed"
	}
	return Method{
		Name: "patch", Title: title, Unit: byArea, Strengths: []float64{0.02, 0.05, 0.1}, Most: 0.5, Whole: true,
		attack: func(strength float64, faces *attack.Faces, seed uint64) job {
			return universal(strength, faces, seed, eot)
		},
	}
}

func fgsm(strength float64, _ *attack.Faces, _ uint64) job {
	return job{Attack: Attack{fmt.Sprintf("FGSM of %g/255", strength), attack.FGSM{Eps: float32(strength / 255)}.Run}, images: 1}
}

func bim(strength float64, _ *attack.Faces, _ uint64) job {
	eps := float32(strength / 255)
	a := attack.BIM{Eps: eps, Step: 2.5 * eps / bimSteps, Iterations: bimSteps}
	return job{Attack: Attack{fmt.Sprintf("BIM of %g/255", strength), a.Run}, images: bimSteps}
}

func pgd(strength float64, _ *attack.Faces, seed uint64) job {
	return job{Attack: PGD(strength, pgdSteps, 1, seed), images: pgdSteps + 1}
}

// PGD is projected gradient descent of a strength in 255ths; its steps together reach two and a half times as far, as in Madry et al.
func PGD(strength float64, steps, starts int, seed uint64) Attack {
	eps := float32(strength / 255)
	a := attack.PGD{Eps: eps, Step: 2.5 * eps / float32(steps), Iterations: steps, Restarts: starts, Seed: seed}
	return Attack{fmt.Sprintf("PGD of %g/255", strength), a.Run}
}

func cw(float64, *attack.Faces, uint64) job {
	a := attack.CarliniWagner{Confidence: margin, Steps: cwSteps, BinarySteps: cwConstants, Rate: 0.02, InitialConst: 1}
	return job{Attack: Attack{"Carlini & Wagner", a.Run}, images: cwSteps * cwConstants}
}

func patch(strength float64, faces *attack.Faces, seed uint64) job {
	run := Patch(strength, patchPlaces, patchSteps, seed)
	return job{Attack: Attack{fmt.Sprintf("a patch of %g %%", 100*strength), run}, images: patchPlaces * patchSteps}
}

// Patch makes a patch for each face that covers a share of it, at the best of several places.
func Patch(area float64, places, iterations int, seed uint64) func(net attack.Network, faces *attack.Faces) ([]float32, error) {
	return func(net attack.Network, faces *attack.Faces) ([]float32, error) {
		side := sideOf(area, faces)
		grid, err := attack.Grid(faces.Height, faces.Width, side, places)
		if err != nil {
			return nil, err
		}
		p, err := attack.Patch{Side: side, Places: grid, Iterations: iterations, Step: patchStep, Seed: seed}.Run(net, faces)
		if err != nil {
			return nil, err
		}
		return p.Images, nil
	}
}

// sideOf is the side in pixels of a square that covers a share of a face.
func sideOf(area float64, faces *attack.Faces) int {
	return max(1, int(math.Round(math.Sqrt(area*float64(faces.Height*faces.Width)))))
}

func square(strength float64, _ *attack.Faces, seed uint64) job {
	a := attack.Square{Eps: float32(strength / 255), Queries: squareQueries, Seed: seed}
	return job{Attack: Attack{fmt.Sprintf("Square of %g/255", strength), a.Run}, images: squareQueries}
}

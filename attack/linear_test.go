package attack_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/maskwarden/maskwarden/attack"
)

// linear is a network whose attacks are known exactly: logits = weights · image.
type linear struct {
	weights [attack.Classes][]float32
	asked   int // images
}

const (
	height, width = 6, 8
	size          = height * width * 3
)

func newLinear(seed uint64) *linear {
	random := rand.New(rand.NewPCG(seed, 0))
	n := &linear{}
	for k := range n.weights {
		n.weights[k] = make([]float32, size)
		for i := range n.weights[k] {
			n.weights[k][i] = float32(random.NormFloat64())
		}
	}
	return n
}

func (n *linear) Logits(images, logits []float32) error {
	if len(images) == 0 || len(logits) != len(images)/size*attack.Classes { // a SavedModel takes no empty batch
		return fmt.Errorf("%d images' values, %d logits", len(images), len(logits))
	}
	n.asked += len(images) / size
	for i := range len(images) / size {
		for k, w := range n.weights {
			sum := 0.0
			for j, v := range images[i*size : (i+1)*size] {
				sum += float64(w[j]) * float64(v)
			}
			logits[i*attack.Classes+k] = float32(sum)
		}
	}
	return nil
}

func (n *linear) Gradient(images, cotangents, gradients []float32) error {
	if len(gradients) != len(images) || len(cotangents) != len(images)/size*attack.Classes {
		return fmt.Errorf("%d images' values, %d cotangents, %d gradients", len(images), len(cotangents), len(gradients))
	}
	for i := range gradients {
		gradients[i] = 0
		for k, w := range n.weights {
			gradients[i] += cotangents[i/size*attack.Classes+k] * w[i%size]
		}
	}
	return nil
}

// answers are the classes that the network gives images.
func (n *linear) answers(images []float32) []int {
	logits := make([]float32, len(images)/size*attack.Classes)
	_ = n.Logits(images, logits)
	classes := make([]int, len(images)/size)
	for i := range classes {
		for k := range attack.Classes {
			if logits[i*attack.Classes+k] > logits[i*attack.Classes+classes[i]] {
				classes[i] = k
			}
		}
	}
	return classes
}

// faces are random images, off the ends of the range, with the labels that the network gives them.
func (n *linear) faces(count int, targeted bool) *attack.Faces {
	random := rand.New(rand.NewPCG(7, 7))
	f := &attack.Faces{Height: height, Width: width, Pixels: make([]float32, count*size)}
	for i := range f.Pixels {
		f.Pixels[i] = 0.3 + 0.4*random.Float32()
	}
	f.Labels = n.answers(f.Pixels)
	if targeted {
		for i, label := range f.Labels {
			f.Targets = append(f.Targets, (label+1+i%2)%attack.Classes)
		}
	}
	return f
}

// distance is the L2 length of the least change of a face that makes the network give class to where it gave from.
func (n *linear) distance(f *attack.Faces, i, from, to int) float64 {
	lead, square := 0.0, 0.0
	for j, v := range f.Pixels[i*size : (i+1)*size] {
		d := float64(n.weights[from][j]) - float64(n.weights[to][j])
		lead += d * float64(v)
		square += d * d
	}
	return lead / math.Sqrt(square)
}

func successes(t *testing.T, net attack.Network, f *attack.Faces, images []float32) int {
	t.Helper()
	succeeded, err := attack.Succeeded(net, f, images)
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, s := range succeeded {
		if s {
			count++
		}
	}
	return count
}

func both(t *testing.T, run func(t *testing.T, targeted bool)) {
	t.Run("untargeted", func(t *testing.T) { run(t, false) })
	t.Run("targeted", func(t *testing.T) { run(t, true) })
}

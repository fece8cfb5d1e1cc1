package suite_test

import (
	"math/rand/v2"
	"testing"

	"github.com/maskwarden/maskwarden/attack"
	"github.com/maskwarden/maskwarden/attack/suite"
	"github.com/maskwarden/maskwarden/frame"
)

const (
	side = 8
	size = side * side * 3
)

// linear is a network whose logits are weights · (image - middle): its answers and the least change that turns them are known.
type linear struct {
	weights [attack.Classes][size]float64
	asked   int // images
}

func newLinear() *linear {
	random := rand.New(rand.NewPCG(2, 0))
	n := &linear{}
	for k := range n.weights {
		for i := range n.weights[k] {
			n.weights[k][i] = random.NormFloat64()
		}
	}
	return n
}

func (n *linear) Logits(images, logits []float32) error {
	for i := range len(images) / size {
		n.asked++
		for k := range n.weights {
			sum := 0.0
			for j, v := range images[i*size : (i+1)*size] {
				sum += n.weights[k][j] * (float64(v) - 0.5)
			}
			logits[i*attack.Classes+k] = float32(sum)
		}
	}
	return nil
}

func (n *linear) Gradient(_, cotangents, gradients []float32) error {
	for i := range gradients {
		gradients[i] = 0
		for k := range n.weights {
			gradients[i] += cotangents[i/size*attack.Classes+k] * float32(n.weights[k][i%size])
		}
	}
	return nil
}

// classifier is a network as a classifier in use.
type classifier struct {
	net    attack.Network
	batch  [][]byte
	logits []float32
	most   int // faces of one run
}

func (c *classifier) Fill(i int, pixels []byte) error {
	c.batch = append(c.batch[:i], append([]byte(nil), pixels...))
	return nil
}

func (c *classifier) Run(n int) error {
	c.most = max(c.most, n)
	var images []float32
	for _, pixels := range c.batch[:n] {
		images = suite.AppendValues(images, pixels)
	}
	c.logits = make([]float32, n*attack.Classes)
	return c.net.Logits(images, c.logits)
}

func (c *classifier) Logits(i int) [attack.Classes]float32 {
	return [attack.Classes]float32(c.logits[i*attack.Classes : (i+1)*attack.Classes])
}

// classes are in another order than the labels, as a pack may have them.
func classes() []string { return []string{"none", "correct", "incorrect"} }

// faces are n random pictures of each label that the network gives them.
func (n *linear) faces(t *testing.T, each int) *suite.Faces {
	t.Helper()
	f := &suite.Faces{Height: side, Width: side}
	random := rand.New(rand.NewPCG(9, 9))
	for len(f.Labels) < 3*each {
		pixels := make([]byte, size)
		for i := range pixels {
			pixels[i] = byte(64 + random.IntN(128))
		}
		answers, err := suite.Classify(&classifier{net: n}, nil, [][]byte{pixels})
		if err != nil {
			t.Fatal(err)
		}
		label, err := frame.ParseLabel(classes()[answers[0]])
		if err != nil {
			t.Fatal(err)
		}
		if f.Count(label) < each {
			f.Pixels, f.Labels = append(f.Pixels, pixels), append(f.Labels, label)
		}
	}
	return f
}

func (n *linear) model() *suite.Model {
	return &suite.Model{ID: "linear", Classes: classes(), Network: n, Classifier: &classifier{net: n}}
}

func method(t *testing.T, name string) suite.Method {
	t.Helper()
	for _, m := range suite.Methods() {
		if m.Name == name {
			return m
		}
	}
	t.Fatalf("no method %s", name)
	return suite.Method{}
}

package deep

import "github.com/maskwarden/maskwarden/attack"

// sure is the largest difference of a face's logits with which a gradient of the cross-entropy still tells the way: beyond about 37 the
// label's probability is 1 to the last bit of a double, the gradient 0, and FGSM and PGD stand still (Carlini & Wagner, arXiv:1607.04311).
const sure = 10

// calm is a network whose logits are multiplied by a factor, at most 1: its answers stay, and it is no longer too sure to be attacked.
type calm struct {
	attack.Network

	by float32
}

// newCalm chooses the factor for a network by its logits of n images.
func newCalm(net attack.Network, images []float32, n int) (calm, error) {
	logits := make([]float32, n*attack.Classes)
	if err := net.Logits(images, logits); err != nil {
		return calm{}, err
	}
	most := float32(sure)
	for i := range n {
		z := logits[i*attack.Classes : (i+1)*attack.Classes]
		for _, a := range z {
			for _, b := range z {
				most = max(most, a-b)
			}
		}
	}
	return calm{net, sure / most}, nil
}

func (c calm) Logits(images, logits []float32) error {
	err := c.Network.Logits(images, logits)
	c.scale(logits)
	return err
}

func (c calm) Gradient(images, cotangents, gradients []float32) error {
	err := c.Network.Gradient(images, cotangents, gradients)
	c.scale(gradients)
	return err
}

func (c calm) scale(values []float32) {
	for i := range values {
		values[i] *= c.by
	}
}

package suite

import "github.com/maskwarden/maskwarden/attack"

// widest is the largest difference of a face's logits with which the gradient of the cross-entropy still leads an attack. Beyond about 37
// the label's probability is 1 to the last bit of a double, the gradient 0, and FGSM and PGD stand still (Carlini & Wagner,
// arXiv:1607.04311).
const widest = 10

// scaled is a network whose logits are multiplied by a factor.
type scaled struct {
	attack.Network
	by float32
}

// ScaleLogits returns a network with the same answers, and logits of n images that differ by no more than an attack can follow.
func ScaleLogits(net attack.Network, images []float32, n int) (attack.Network, error) {
	logits := make([]float32, n*attack.Classes)
	if err := net.Logits(images, logits); err != nil {
		return nil, err
	}
	most := float32(widest)
	for i := range n {
		z := logits[i*attack.Classes : (i+1)*attack.Classes]
		for _, a := range z {
			for _, b := range z {
				most = max(most, a-b)
			}
		}
	}
	return scaled{net, widest / most}, nil
}

func (s scaled) Logits(images, logits []float32) error {
	err := s.Network.Logits(images, logits)
	s.scale(logits)
	return err
}

func (s scaled) Gradient(images, cotangents, gradients []float32) error {
	err := s.Network.Gradient(images, cotangents, gradients)
	s.scale(gradients)
	return err
}

func (s scaled) scale(values []float32) {
	for i := range values {
		values[i] *= s.by
	}
}

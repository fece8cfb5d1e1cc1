package attack

import "math"

// objective is what an attack maximizes: a value of an image's logits. It fills cotangent, [Classes], with the value's derivatives by them.
// target is -1 when any class but the label will do.
type objective func(logits, cotangent []float32, label, target int) float32

// entropy is the label's cross-entropy, or the target's, negated. In double precision, since near certainty most of a float32's digits
// cancel.
func entropy(logits, cotangent []float32, label, target int) float32 {
	aim, sign := label, 1.0
	if target >= 0 {
		aim, sign = target, -1
	}
	top := logits[0]
	for _, z := range logits[1:] {
		top = max(top, z)
	}
	total := 0.0
	for _, z := range logits {
		total += math.Exp(float64(z) - float64(top))
	}
	for k, z := range logits {
		p := math.Exp(float64(z)-float64(top)) / total
		if k == aim {
			p--
		}
		cotangent[k] = float32(sign * p)
	}
	return float32(sign * (math.Log(total) + float64(top) - float64(logits[aim])))
}

// margin is the best other logit less the label's (Carlini & Wagner 2017, f6), or the target's less the best other one: above 0 where
// the attack succeeded.
func margin(logits, cotangent []float32, label, target int) float32 {
	aim, sign := label, float32(-1)
	if target >= 0 {
		aim, sign = target, 1
	}
	other := -1
	for k, z := range logits {
		cotangent[k] = 0
		if k != aim && (other < 0 || z > logits[other]) {
			other = k
		}
	}
	cotangent[aim], cotangent[other] = sign, -sign
	return sign * (logits[aim] - logits[other])
}

// answer is the class of the largest logit, of equal ones the first.
func answer(logits []float32) int {
	best := 0
	for k, z := range logits {
		if z > logits[best] {
			best = k
		}
	}
	return best
}

// succeeds reports whether logits are what an attack wants.
func succeeds(logits []float32, label, target int) bool {
	if target >= 0 {
		return answer(logits) == target
	}
	return answer(logits) != label
}

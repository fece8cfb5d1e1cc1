package selftest

import "math/rand/v2"

// NewSeed is a random seed, 1 or more, of few enough digits to be read out over the telephone.
func NewSeed() uint64 { return 1 + rand.Uint64N(1<<32) }

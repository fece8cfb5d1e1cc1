package pack

// GoldenInput fills picture with the bytes of a known-answer seed: the upper byte of each state of xorshift32
// (Marsaglia, "Xorshift RNGs", 2003), started at seed*2654435761 mod 2^32, or at 1 where that is 0.
func GoldenInput(seed uint32, picture []byte) {
	x := seed * 2654435761
	if x == 0 {
		x = 1
	}
	for i := range picture {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		picture[i] = byte(x >> 24)
	}
}

package scene

// hash mixes numbers into one with SplitMix64's finaliser (Steele, Lea and Flood 2014), so that what happens at any
// moment depends on the seed and that moment only, not on the moments before.
func hash(parts ...uint64) uint64 {
	h := uint64(0x9e3779b97f4a7c15)
	for _, p := range parts {
		h += p + 0x9e3779b97f4a7c15
		h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
		h = (h ^ h>>27) * 0x94d049bb133111eb
		h ^= h >> 31
	}
	return h
}

// uniform returns a number in [lo, hi) drawn by hash.
func uniform(lo, hi float64, parts ...uint64) float64 {
	return lo + (hi-lo)*float64(hash(parts...)>>11)/(1<<53)
}

package config

// Zone is a part of the picture that is painted black: left, upper, right and lower edge as fractions of its width and height, 0 to 1.
type Zone [4]float64

func (z Zone) ok() bool {
	return z[0] >= 0 && z[0] < z[2] && z[2] <= 1 && z[1] >= 0 && z[1] < z[3] && z[3] <= 1
}

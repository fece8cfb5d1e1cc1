package defense_test

import "slices"

// median is the definition, pixel by pixel, on height x width x 3 values.
func median(data []byte, height, width, window int) []byte {
	out := make([]byte, len(data))
	values := make([]byte, 0, window*window)
	for i := range data {
		y, x, channel := i/3/width, i/3%width, i%3
		values = values[:0]
		for dy := -window / 2; dy <= window/2; dy++ {
			for dx := -window / 2; dx <= window/2; dx++ {
				values = append(values, data[3*(mirror(y+dy, height)*width+mirror(x+dx, width))+channel])
			}
		}
		slices.Sort(values)
		out[i] = values[len(values)/2]
	}
	return out
}

// mirror returns where i lies in 0..n-1, mirrored with the edge repeated as often as it takes.
func mirror(i, n int) int {
	i = ((i % (2 * n)) + 2*n) % (2 * n)
	return min(i, 2*n-1-i)
}

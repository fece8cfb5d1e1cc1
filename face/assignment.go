package face

import "math"

// assigner finds the cheapest one-to-one assignment: the Hungarian method (Kuhn 1955) by shortest augmenting paths, in
// O(rows² · columns). The best total keeps two people who cross apart where the greedy choice of the largest single
// overlap can leave one of them with nothing. Its buffers are used again.
type assigner struct {
	rowPotential, colPotential, shortest []float32
	rowOf, previous                      []int // by column, from 1; 0 is the column before all others
	done                                 []bool
	colOf                                []int // the answer
}

// solve returns the column of each row, for rows <= cols; costs holds rows x cols, row by row. The slice is reused.
func (a *assigner) solve(costs []float32, rows, cols int) []int {
	a.rowPotential = zeroed(a.rowPotential, rows+1)
	a.colPotential = zeroed(a.colPotential, cols+1)
	a.rowOf = zeroed(a.rowOf, cols+1)
	a.previous = zeroed(a.previous, cols+1)
	for row := 1; row <= rows; row++ {
		a.augment(costs, row, cols)
	}
	a.colOf = zeroed(a.colOf, rows)
	for col := 1; col <= cols; col++ {
		if row := a.rowOf[col]; row > 0 {
			a.colOf[row-1] = col - 1
		}
	}
	return a.colOf
}

// augment gives row a column, moving rows before it to other columns where that is cheaper.
func (a *assigner) augment(costs []float32, row, cols int) {
	a.shortest = zeroed(a.shortest, cols+1)
	for i := range a.shortest {
		a.shortest[i] = math.MaxFloat32
	}
	a.done = zeroed(a.done, cols+1)
	a.rowOf[0] = row
	at := 0
	for a.rowOf[at] != 0 {
		at = a.extend(costs, at, cols)
	}
	for at != 0 {
		before := a.previous[at]
		a.rowOf[at] = a.rowOf[before]
		at = before
	}
}

// extend grows the tree of shortest paths by one column and returns it.
func (a *assigner) extend(costs []float32, at, cols int) int {
	a.done[at] = true
	row, next, delta := a.rowOf[at], 0, float32(math.MaxFloat32)
	for col := 1; col <= cols; col++ {
		if a.done[col] {
			continue
		}
		if c := costs[(row-1)*cols+col-1] - a.rowPotential[row] - a.colPotential[col]; c < a.shortest[col] {
			a.shortest[col], a.previous[col] = c, at
		}
		if a.shortest[col] < delta {
			delta, next = a.shortest[col], col
		}
	}
	for col := range cols + 1 {
		if a.done[col] {
			a.rowPotential[a.rowOf[col]] += delta
			a.colPotential[col] -= delta
		} else {
			a.shortest[col] -= delta
		}
	}
	return next
}

// zeroed returns n zeros, in s where it has room.
func zeroed[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, 2*n)
	}
	s = s[:n]
	clear(s)
	return s
}

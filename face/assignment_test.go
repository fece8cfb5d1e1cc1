package face

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestAssignerBeatsGreedy(t *testing.T) {
	var a assigner
	// The largest overlap, 0.9, would leave the second row nothing.
	if got := a.solve([]float32{-0.9, -0.8, -0.7, 0}, 2, 2); got[0] != 1 || got[1] != 0 {
		t.Errorf("got %v, want [1 0]", got)
	}
	if got := a.solve(nil, 0, 3); len(got) != 0 {
		t.Errorf("got %v for no rows", got)
	}
}

func TestAssignerIsOptimal(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var a assigner
	for range 500 {
		rows := 1 + rng.IntN(5)
		cols := rows + rng.IntN(3)
		costs := make([]float32, rows*cols)
		for i := range costs {
			if rng.IntN(3) > 0 {
				costs[i] = -rng.Float32()
			}
		}
		var got float64
		used := map[int]bool{}
		for row, col := range a.solve(costs, rows, cols) {
			if used[col] || col < 0 || col >= cols {
				t.Fatalf("column %d was given twice, or is none", col)
			}
			used[col] = true
			got += float64(costs[row*cols+col])
		}
		if want := cheapest(costs, cols, 0, make([]bool, cols)); math.Abs(got-want) > 1e-4 {
			t.Fatalf("%dx%d %v: got %v, want %v", rows, cols, costs, got, want)
		}
	}
}

// cheapest tries everything.
func cheapest(costs []float32, cols, row int, used []bool) float64 {
	if row*cols == len(costs) {
		return 0
	}
	best := math.Inf(1)
	for col := range cols {
		if !used[col] {
			used[col] = true
			best = min(best, float64(costs[row*cols+col])+cheapest(costs, cols, row+1, used))
			used[col] = false
		}
	}
	return best
}

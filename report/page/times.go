package page

import (
	"slices"
	"time"

	"github.com/maskwarden/maskwarden/frame"
)

// times keeps the last stage times of a camera; 0 stands for a stage that the frame skipped.
type times struct {
	last [128][frame.NumStages]time.Duration
	n    int // frames noted
}

// stage is what the page shows of one stage.
type stage struct {
	Stage string  `json:"stage"`
	P50   float64 `json:"p50_ms"`
}

// note keeps a frame's stage times. It allocates nothing.
func (v *view) note(f *frame.Frame) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.took.last[v.took.n%len(v.took.last)] = f.Took
	v.took.n++
}

// stages returns the median time of each stage over the last frames that passed it.
func (v *view) stages() []stage {
	v.mu.Lock()
	took := v.took
	v.mu.Unlock()
	rows := took.last[:min(took.n, len(took.last))]
	all := make([]stage, 0, frame.NumStages)
	one := make([]time.Duration, 0, len(rows))
	for i := range frame.NumStages {
		one = one[:0]
		for _, row := range rows {
			if row[i] > 0 {
				one = append(one, row[i])
			}
		}
		s := stage{Stage: frame.Stage(i).String()}
		if len(one) > 0 {
			slices.Sort(one)
			s.P50 = float64(one[len(one)/2].Round(10*time.Microsecond)) / float64(time.Millisecond)
		}
		all = append(all, s)
	}
	return all
}

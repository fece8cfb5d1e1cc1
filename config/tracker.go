package config

import "github.com/maskwarden/maskwarden/config/decode"

// Tracker is how a face in one frame is found to be the same person's as in the frame before.
type Tracker struct {
	MinIoU    float64 `yaml:"min_iou"`    // overlap of the box with where the person was expected
	MaxMissed int     `yaml:"max_missed"` // detections without the person before the track ends
	MinHits   int     `yaml:"min_hits"`   // detections before a track counts
}

func (t *Tracker) setDefaults() { *t = Tracker{MinIoU: 0.3, MaxMissed: 5, MinHits: 2} }

func (t *Tracker) check(at decode.Section) {
	decode.Within(at, "min_iou", t.MinIoU, 0.01, 0.99)
	decode.Within(at, "max_missed", t.MaxMissed, 1, 1000)
	decode.Within(at, "min_hits", t.MinHits, 1, 1000)
}

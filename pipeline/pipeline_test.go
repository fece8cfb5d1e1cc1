package pipeline

import (
	"testing"
	"time"
)

func TestDue(t *testing.T) {
	for _, c := range []struct {
		fps, every int
		want       string // one letter a frame: D where the detector runs
	}{
		{15, 3, "D..D..D..D"},
		{30, 3, "D..D..D..D"},
		{10, 3, "D..D..D..D"},
		{5, 3, "DDDDDDDDDD"}, // a slow camera must not lose people between detections
		{15, 1, "DDDDDDDDDD"},
		{15, 100, "D...D...D."},
	} {
		p := &Pipeline{DetectEvery: c.every}
		at := time.Now()
		var got []byte
		for range c.want {
			got = append(got, map[bool]byte{true: 'D', false: '.'}[p.due(at)])
			at = at.Add(time.Second / time.Duration(c.fps))
		}
		if string(got) != c.want {
			t.Errorf("%d fps, every %d: %s, want %s", c.fps, c.every, got, c.want)
		}
	}
}

package page

import (
	"testing"
	"time"
)

func TestCounter(t *testing.T) {
	var c counter
	start := time.Unix(1_800_000_000, 0)
	at := func(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }
	for i := range 120 {
		c.add(at(i))
	}
	for _, step := range []struct{ second, want int }{{119, 60}, {120, 59}, {150, 29}, {60, 29}, {178, 1}, {179, 0}, {10_000, 0}} {
		if got := c.lastMinute(at(step.second)); got != step.want {
			t.Errorf("at second %d: %d in the last minute, want %d", step.second, got, step.want)
		}
	}
	c.add(at(3)) // the clock was set back
	if c.total != 121 || c.lastMinute(at(10_001)) != 1 {
		t.Errorf("total %d, last minute %d; want 121, 1", c.total, c.lastMinute(at(10_001)))
	}
}

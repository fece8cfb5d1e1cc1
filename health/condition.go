package health

import (
	"time"

	"github.com/maskwarden/maskwarden/report"
)

// condition is a problem that no check found.
type condition struct {
	reason  report.Reason
	since   time.Time // when it first came
	present bool      // as last reported
	turned  time.Time // when it last came or went
	counts  bool      // it degrades the state
}

// update takes whether the condition is present, and returns when it will begin or cease to count if nothing changes until then.
func (c *condition) update(present bool, now time.Time, hold time.Duration) (due time.Time) {
	if present != c.present {
		c.present, c.turned = present, now
	}
	if c.counts == c.present {
		return time.Time{}
	}
	if due = c.turned.Add(hold); now.Before(due) {
		return due
	}
	c.counts = c.present
	return time.Time{}
}

package capture

import (
	"context"
	"time"
)

// pace plays a file at its own speed. The zero value does not wait.
type pace struct {
	period time.Duration
	due    time.Time
	timer  *time.Timer
}

func newPace(fps float64) pace {
	p := pace{period: time.Duration(float64(time.Second) / fps), due: time.Now(), timer: time.NewTimer(0)}
	<-p.timer.C
	return p
}

// wait sleeps until the next picture is due; false if ctx ended first. Lost time is not made up by a burst.
func (p *pace) wait(ctx context.Context) bool {
	if p.timer == nil {
		return true
	}
	p.due = p.due.Add(p.period)
	now := time.Now()
	if p.due.Before(now) {
		p.due = now
		return true
	}
	p.timer.Reset(p.due.Sub(now))
	select {
	case <-p.timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (p *pace) stop() { p.timer.Stop() }

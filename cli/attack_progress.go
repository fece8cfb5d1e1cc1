package cli

import (
	"fmt"
	"io"
	"time"
)

// progress shows on a terminal what is attacked just now, and how long the rest will take.
type progress struct {
	out    io.Writer
	live   bool // a line can be written over
	models int
	start  time.Time
	shown  time.Time
}

// often is how long a line stands.
const often = 200 * time.Millisecond

// of takes the progress of one of the models.
func (p *progress) of(model int, id string) func(what string, done float64) {
	return func(what string, done float64) {
		if now := time.Now(); p.live && now.Sub(p.shown) >= often {
			p.shown = now
			all := (float64(model) + done) / float64(p.models)
			fmt.Fprintf(p.out, "\r\x1b[K  %s: %s, %.0f %%%s", id, what, 100*all, left(now.Sub(p.start), all))
		}
	}
}

// left estimates the rest from what is done.
func left(took time.Duration, done float64) string {
	if took < 2*time.Second || done < 0.05 { // too early
		return ""
	}
	return fmt.Sprintf(", about %s left", time.Duration(float64(took)*(1-done)/done).Round(time.Second))
}

// clear takes the line away.
func (p *progress) clear() {
	if p.live {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}

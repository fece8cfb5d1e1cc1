package screen

import (
	"fmt"
	"io"
	"time"
)

// Progress shows on a terminal what is done just now, and estimates how long the rest takes.
type Progress struct {
	Out   io.Writer
	Live  bool // a line can be written over
	Parts int  // how many parts of about equal length there are
	Start time.Time

	shown time.Time
}

// often is how long a line stands.
const often = 200 * time.Millisecond

// Of takes the progress of one of the parts: what is done, and the share of it, 0 to 1.
func (p *Progress) Of(part int, name string) func(what string, done float64) {
	return func(what string, done float64) {
		if now := time.Now(); p.Live && now.Sub(p.shown) >= often {
			p.shown = now
			all := (float64(part) + done) / float64(p.Parts)
			fmt.Fprintf(p.Out, "\r\x1b[K  %s: %s, %.0f %%%s", clean(name), clean(what), 100*all, left(now.Sub(p.Start), all))
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

// Clear takes the line away.
func (p *Progress) Clear() {
	if p.Live {
		fmt.Fprint(p.Out, "\r\x1b[K")
	}
}

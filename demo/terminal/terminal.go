// Package terminal shows what the demo decides, to a person or to a script.
package terminal

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/report"
)

// Terminal prints decisions and counts them.
type Terminal struct {
	Out  io.Writer
	JSON bool // for a script

	mu        sync.Mutex
	decisions int
	known     int // decisions whose truth the source knows
	agreed    int
	unknown   int
	received  int
}

// line is one decision with the truth; stable, scripts read it.
type line struct {
	report.Event
	Truth string `json:"truth"` // empty where the source knows none
}

// summary is the demo's last line; stable, scripts read it.
type summary struct {
	Frames    uint64  `json:"frames"`
	FPS       float64 `json:"fps"`
	Decisions int     `json:"decisions"` // with a label; people who left before their votes agreed are under unknown
	Agreement float64 `json:"agreement"` // of the decisions whose truth is known, the share that equals it
	Unknown   int     `json:"unknown"`
	Received  int     `json:"received"` // events that came out of the demo's own broker
}

// Hello prints what runs, and the table's head.
func (t *Terminal) Hello(s report.State, page string) {
	if t.JSON {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	fmt.Fprintf(t.Out, "maskwarden %s, model %s\n", s.Version, s.Model)
	if page != "" {
		fmt.Fprintf(t.Out, "Live page: http://%s    (stop with Ctrl-C)\n", page)
	}
	fmt.Fprintf(t.Out, "\n%-8s  %6s  %-9s  %4s  %5s  %-9s\n", "time", "person", "decision", "p", "votes", "truth")
}

// Event takes a decision that the pipeline made.
func (t *Terminal) Event(e report.Event, truth frame.Label) {
	t.mu.Lock()
	defer t.mu.Unlock()
	mark := ""
	switch {
	case e.Alarm != "": // about a decision that was counted already
	case e.Label == frame.Unknown.String():
		t.unknown++
	default:
		t.decisions++
		if truth != frame.Unknown {
			t.known++
			mark = "differs"
			if e.Label == truth.String() {
				t.agreed++
				mark = "agrees"
			}
		}
	}
	name := ""
	if truth != frame.Unknown {
		name = truth.String()
	}
	if t.JSON {
		_ = t.json(line{e, name}) // the summary's write reports a closed output
		return
	}
	p := max(e.Probabilities.Correct, e.Probabilities.Incorrect, e.Probabilities.None)
	votes := e.Votes.Correct + e.Votes.Incorrect + e.Votes.None
	fmt.Fprintf(t.Out, "%8s  %6d  %-9s  %4.2f  %5d  %-9s  %s\n", e.Time.Local().Format("15:04:05"), e.Track, e.Label, p, votes, name, strings.Join(append(slices.DeleteFunc([]string{mark}, empty), e.Notes()...), "; "))
}

func (t *Terminal) json(value any) error {
	data, err := report.JSON(value)
	if err != nil {
		return err
	}
	_, err = t.Out.Write(append(data, '\n'))
	return err
}

func empty(s string) bool { return s == "" }

// Published counts an event that reached the demo's broker.
func (t *Terminal) Published(topic string, _ []byte) {
	if !strings.HasSuffix(topic, "/event") {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.received++
}

// Summary prints what became of the demo, whose last state is given.
func (t *Terminal) Summary(state report.State) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := summary{Decisions: t.decisions, Unknown: t.unknown, Received: t.received}
	for _, c := range state.Cameras {
		s.Frames += c.Frames
	}
	if state.Uptime > 0 {
		s.FPS = report.Round(float64(s.Frames) / state.Uptime)
	}
	if t.known > 0 {
		s.Agreement = report.Round(float64(t.agreed) / float64(t.known))
	}
	if t.JSON {
		return t.json(s)
	}
	_, err := fmt.Fprintf(t.Out, "\n%d frames at %.1f a second, %d decisions, %.0f %% agree with the truth; %d left undecided; the broker received %d events\n",
		s.Frames, s.FPS, s.Decisions, 100*s.Agreement, s.Unknown, s.Received)
	return err
}

package cli

import (
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/maskwarden/maskwarden/cli/screen"
	"github.com/maskwarden/maskwarden/daemon"
	"github.com/maskwarden/maskwarden/decision"
	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/report"
)

// classified is what was found in one file; stable, scripts read it.
type classified struct {
	File      string          `json:"file"`
	Error     string          `json:"error,omitempty"`
	Width     int             `json:"width"`
	Height    int             `json:"height"`
	Frames    int             `json:"frames"`
	Faces     []face          `json:"faces"`               // of the last frame
	Decisions []videoDecision `json:"decisions,omitempty"` // of a video: what the votes over its frames say
	Model     string          `json:"model"`

	start time.Time
}

type face struct {
	Box           [4]int               `json:"box"`
	Score         float64              `json:"score"`
	Label         string               `json:"label"`
	Quality       string               `json:"quality"`       // as the face was last graded, when a video ends between two detections
	Probabilities report.Probabilities `json:"probabilities"` // sum to 1; all 0 for a face of bad quality, which is not classified
}

type videoDecision struct {
	Seconds float64 `json:"seconds"` // since the first frame, in the source's own time
	Track   uint64  `json:"track"`
	Label   string  `json:"label"`
	Reason  string  `json:"reason,omitempty"`
	report.Defense
}

func (r *classified) last(f *frame.Frame) {
	r.Width, r.Height = f.Image.Cols(), f.Image.Rows()
	for i := range f.Faces {
		a := &f.Faces[i]
		r.Faces = append(r.Faces, face{
			Box:           [4]int{int(a.Box.X0), int(a.Box.Y0), int(a.Box.X1), int(a.Box.Y1)},
			Score:         report.Round(float64(a.Score)),
			Label:         a.Label.String(),
			Quality:       a.Quality.String(),
			Probabilities: rounded(a.Probs),
		})
	}
}

// decided adds a decision that a frame of a video led to.
func (r *classified) decided(f *frame.Frame, d *decision.Decision) {
	r.Decisions = append(r.Decisions, videoDecision{
		Seconds: report.Round(f.Time.Sub(r.start).Seconds()), Track: d.Track, Label: d.Label.String(), Reason: d.Reason, Defense: daemon.DefenseOf(d),
	})
}

// notes are what else a reader of the label must know. No self-test stands behind a command, so nothing is said of it.
func (d *videoDecision) notes() []string {
	e := report.Event{Reason: d.Reason, Verified: true, Defense: d.Defense}
	return e.Notes()
}

// rounded gives hundredths that sum to 1, each less than a hundredth from its probability, and zeros for a face that was not classified.
func rounded(p frame.Probabilities) report.Probabilities {
	if p == (frame.Probabilities{}) {
		return report.Probabilities{}
	}
	var steps, rest [frame.NumClasses]float64
	left := 100.0
	for i := range p {
		steps[i] = math.Floor(100 * float64(p[i]))
		rest[i] = 100*float64(p[i]) - steps[i]
		left -= steps[i]
	}
	for ; left > 0; left-- { // the largest remainders are rounded up
		most := 0
		for i := range rest {
			if rest[i] > rest[most] {
				most = i
			}
		}
		steps[most]++
		rest[most] = -1
	}
	return report.Probabilities{Correct: steps[0] / 100, Incorrect: steps[1] / 100, None: steps[2] / 100}
}

func (c *classifyCmd) print(stdout io.Writer, r *classified) error {
	if c.JSON {
		return screen.JSON(stdout, r)
	}
	if r.Error != "" {
		_, err := fmt.Fprintf(stdout, "%s: not classified\n", r.File)
		return err
	}
	fmt.Fprintf(stdout, "%s: %dx%d, %d frames, %d faces\n", r.File, r.Width, r.Height, r.Frames, len(r.Faces))
	for _, a := range r.Faces {
		fmt.Fprintf(stdout, "  %-9s at %v  correct %.2f  incorrect %.2f  none %.2f  (%s)\n",
			a.Label, a.Box, a.Probabilities.Correct, a.Probabilities.Incorrect, a.Probabilities.None, a.Quality)
	}
	for _, d := range r.Decisions {
		fmt.Fprintf(stdout, "  %7.2f s  person %d: %s %s\n", d.Seconds, d.Track, d.Label, strings.Join(d.notes(), "; "))
	}
	return nil
}

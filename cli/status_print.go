package cli

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/maskwarden/maskwarden/health"
	"github.com/maskwarden/maskwarden/report"
)

// rows writes lines of a name and a text into two columns. A line without a name continues the one before.
type rows struct{ table *tabwriter.Writer }

// What stands in it may come from a camera, a pack or a broker: it moves no cell.
func (r rows) add(name, format string, args ...any) {
	fmt.Fprintf(r.table, "%s\t%s\n", report.Clean(name, report.MaxText), report.Clean(fmt.Sprintf(format, args...), report.MaxLine))
}

// printState writes a state for a person.
func printState(w io.Writer, s *report.State) error {
	r := rows{tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)}
	r.add("device", "%s", s.Device)
	r.health(&s.Health)
	for _, problem := range s.Reasons {
		if !slices.Contains(report.Texts(s.Health.Reasons), problem) {
			r.add("problem", "%s", problem)
			r.add("", "new: it counts for the health once it lasts")
		}
	}
	r.selfTest(s.Health.SelfTest)
	r.add("model", "%s", s.Model)
	r.add("version", "%s, up %s", s.Version, time.Duration(s.Uptime*float64(time.Second)).Round(time.Second))
	for i := range s.Cameras {
		r.camera(&s.Cameras[i])
	}
	r.add("outbox", "%d events waiting, %d lost", s.Spool.Queued, s.Spool.Dropped)
	return r.table.Flush()
}

func (r rows) health(h *report.Health) {
	meaning := map[health.State]string{
		health.Init:        "nothing is tested yet, no decision leaves",
		health.SelfTest:    "the first self-test runs, no decision leaves",
		health.Operational: "decisions are verified",
		health.Degraded:    "decisions are not verified",
		health.FailSafe:    "every label is unknown, until a full self-test passes",
	}[health.State(h.State)]
	r.add("health", "%s since %s: %s", h.State, moment(h.Since), meaning)
	for _, reason := range h.Reasons {
		hint := reason.Hint
		reason.Hint = ""
		r.add("reason", "%s", reason)
		if hint != "" {
			r.add("", "%s", hint)
		}
		r.add("", "since %s", moment(reason.Since))
	}
}

func (r rows) selfTest(t *report.SelfTest) {
	if t == nil {
		return
	}
	r.add("self-test", "%s at %s (%s), %d checks in %.1f s", t.Result, moment(t.Time), t.Why, t.Checks, t.Seconds)
	if len(t.Failed) > 0 {
		r.add("", "failed: %s", strings.Join(t.Failed, ", "))
	}
	if len(t.Warned) > 0 {
		r.add("", "warned: %s", strings.Join(t.Warned, ", "))
	}
}

func (r rows) camera(c *report.Camera) {
	name := "camera " + c.Name
	if c.Status != report.OK {
		r.add(name, "%s since %s: %s", c.Status, moment(c.Since), cmp.Or(c.Reason, "no picture yet"))
		name = ""
	}
	r.add(name, "%.1f fps, %d people in view, %d frames processed, %d dropped", c.FPS, c.People, c.Frames, c.Dropped)
}

// moment writes a time for people near the camera.
func moment(at time.Time) string { return at.Local().Format("2006-01-02 15:04:05") }

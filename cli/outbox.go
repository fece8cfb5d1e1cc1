package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/maskwarden/maskwarden/cli/screen"
	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/report/outbox"
)

type outboxCmd struct {
	List   outboxListCmd   `cmd:"" help:"List the events that wait for the broker, and what is missing or damaged."`
	Export outboxExportCmd `cmd:"" help:"Print the events that wait for the broker as they would be sent, one a line."`
}

// outboxFlags say which outbox is read. It is not changed, and a daemon may run with it.
type outboxFlags struct {
	Config   string `placeholder:"FILE" help:"The configuration file of the daemon." env:"MASKWARDEN_CONFIG"`
	StateDir string `placeholder:"DIR" help:"The state folder, in place of state_dir."`
}

func (f *outboxFlags) read() (dir string, c *outbox.Contents, err error) {
	dir = f.StateDir
	if dir == "" {
		cfg, err := config.LoadOptional(f.Config)
		if err != nil {
			return "", nil, fail(exitConfig, "maskwarden config check", err)
		}
		dir = cfg.StateDir
	}
	c, err = outbox.Read(dir)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%s: there is no outbox: %w", dir, err)
	}
	return filepath.Join(dir, outbox.Folder), c, fail(exitNoInput, "name the daemon's configuration with --config, or its folder with --state-dir", err)
}

// damage is an error when events are missing, or bytes are no event.
func damage(dir string, c *outbox.Contents) error {
	if c.MissingCount() == 0 && c.Damaged == 0 {
		return nil
	}
	return fail(exitDegraded, "copy the folder before the daemon starts; what is whole can be read with maskwarden outbox export",
		fmt.Errorf("%s is damaged: %d events are missing, %d bytes are no event", dir, c.MissingCount(), c.Damaged))
}

type outboxListCmd struct {
	outboxFlags
	JSON bool `help:"Print JSON."`
}

// listed is what an outbox holds; stable, scripts read it.
type listed struct {
	Folder  string         `json:"folder"`
	Events  []report.Event `json:"events"`
	Missing [][2]uint64    `json:"missing"` // numbers of lost events, first and last
	Next    uint64         `json:"next"`    // the next event's number
	Dropped uint64         `json:"dropped"` // events lost since the outbox was first made
	Damaged int            `json:"damaged"` // bytes that are no event
	Torn    int            `json:"torn"`    // bytes of a write that was cut off at the end
}

func (c *outboxListCmd) Run(stdout io.Writer) error {
	dir, held, err := c.read()
	if err != nil {
		return err
	}
	l := listed{dir, []report.Event{}, append([][2]uint64{}, held.Missing...), held.Next, held.Dropped, held.Damaged, held.Torn}
	for _, e := range held.Events {
		var v report.Event
		if err := json.Unmarshal(e.Payload, &v); err != nil {
			v = report.Event{ID: "no event"} // a later version's, or written by something else
		}
		v.Seq = e.Seq
		l.Events = append(l.Events, v)
	}
	if c.JSON {
		return errors.Join(screen.JSON(stdout, l), damage(dir, held))
	}
	for _, e := range l.Events {
		fmt.Fprintf(stdout, "%8d  %s  %s  person %d  %s  %s\n", e.Seq, e.Time.Format("2006-01-02 15:04:05"), e.Camera, e.Track,
			strings.Join(append([]string{e.Label}, e.Notes()...), "; "), e.ID)
	}
	for _, m := range l.Missing {
		fmt.Fprintf(stdout, "%8d to %d are missing\n", m[0], m[1])
	}
	_, err = fmt.Fprintf(stdout, "%s: %d events wait, %d are missing, %d lost before; %d bytes are damaged, %d were cut off while written; the next number is %d\n",
		dir, len(l.Events), held.MissingCount(), l.Dropped, l.Damaged, l.Torn, l.Next)
	return errors.Join(err, damage(dir, held))
}

type outboxExportCmd struct {
	outboxFlags
}

func (c *outboxExportCmd) Run(stdout io.Writer) error {
	dir, held, err := c.read()
	if err != nil {
		return err
	}
	for _, e := range held.Events {
		if _, err := fmt.Fprintf(screen.Raw(stdout), "%s\n", report.Escape(e.Payload)); err != nil {
			return fail(exitCannotWrite, "", err)
		}
	}
	return damage(dir, held)
}

package daemon

import (
	"crypto/rand"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/report"
)

// board is where the goroutines note how they do, and from which the daemon's state is read.
type board struct {
	news chan struct{} // room for one: something that the state shows has changed

	mu       sync.Mutex
	instance string
	started  time.Time
	cameras  []*place
	model    string
	selftest *report.SelfTest    // the last full one; nil before
	spool    func() report.Spool // nil without a broker
	online   bool                // the broker is connected
	faults   map[string]string   // by subject: what is wrong with a part that is tried again
	problem  string              // with the broker: not connected, or another daemon uses the device's id
}

func (b *board) start(c *config.Config) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.news == nil {
		b.news = make(chan struct{}, 1)
	}
	b.faults, b.cameras, b.selftest, b.spool, b.online = map[string]string{}, nil, nil, nil, false
	b.instance, b.started = rand.Text()[:8], time.Now()
	b.problem = "not connected yet"
	for i := range c.Cameras {
		b.cameras = append(b.cameras, newPlace(string(c.Cameras[i].Name), b.started))
	}
}

// changed wakes whoever publishes the state.
func (b *board) changed() {
	select {
	case b.news <- struct{}{}:
	default: // it is awake already, and reads what is there then
	}
}

// opened notes what the daemon runs with.
func (b *board) opened(model string, spool func() report.Spool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.model, b.spool = model, spool
}

// tested notes how a full self-test ended.
func (b *board) tested(s *report.SelfTest) {
	defer b.changed()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.selftest = s
}

// broker notes whether the broker is connected, and the problem with it.
func (b *board) broker(connected bool, problem string) {
	defer b.changed()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.online, b.problem = connected, problem
}

// fault notes what is wrong with a part of the daemon, nil once nothing is, and returns whether that is new.
func (b *board) fault(subject string, err error) (changed bool) {
	defer b.changed()
	b.mu.Lock()
	defer b.mu.Unlock()
	was := b.faults[subject]
	if err == nil {
		delete(b.faults, subject)
		return was != ""
	}
	b.faults[subject] = strings.TrimPrefix(err.Error(), subject+": ") // where the subject is the configuration's key
	return was != b.faults[subject]
}

// connected says whether the broker is.
func (b *board) connected() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.online
}

// read fills s with what was noted, and returns the problems that there are now.
func (b *board) read(s *report.State, now time.Time) (problems []report.Reason) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s.Instance, s.Model, s.Uptime = b.instance, b.model, now.Sub(b.started).Seconds()
	s.Health.SelfTest = b.selftest
	for _, p := range b.cameras {
		c := p.at(now)
		s.Cameras = append(s.Cameras, c)
		if c.Status == report.Lost {
			problems = append(problems, report.Reason{Subject: report.CameraSubject(c.Name), Finding: c.Reason})
		} else if why := p.damage.problem(); why != "" {
			problems = append(problems, report.Reason{Subject: report.CameraSubject(c.Name), Finding: why})
		}
	}
	problems = append(problems, b.hung(now)...)
	for _, subject := range slices.Sorted(maps.Keys(b.faults)) {
		problems = append(problems, report.Reason{Subject: subject, Finding: b.faults[subject]})
	}
	if b.spool == nil {
		return problems
	}
	if s.Spool = b.spool(); s.Spool.Problem() != "" {
		problems = append(problems, report.Reason{Subject: report.SpoolSubject, Finding: s.Spool.Problem()})
	}
	if b.problem != "" {
		problems = append(problems, report.Reason{Subject: report.BrokerSubject, Finding: b.problem})
	}
	return problems
}

// place returns a camera's place, to be used with mu held.
func (b *board) place(camera string) *place {
	i := slices.IndexFunc(b.cameras, func(p *place) bool { return p.camera.Name == camera })
	return b.cameras[i] // names come from the same configuration
}

package daemon

import (
	"context"
	"os"
	"time"

	sd "github.com/coreos/go-systemd/v22/daemon"

	"github.com/maskwarden/maskwarden/selftest"
)

// checks are all that the daemon tests itself with while it runs, those that forbid to judge frames first. A lost camera and a
// broker that is not reached are no checks' business: the daemon's state tells of them.
func (d *Daemon) checks() []selftest.Check {
	e := d.engine
	checks := append(vitalChecks(e), selftest.PackSignature{Pack: e.Pack, Keys: d.Config.Classifier.Keys()})
	if compared := delegateCheck(e, e.SharedClassifier(), 0); compared.Alone == "" { // a vital check that is skipped would fail every full pass
		checks = append(checks, compared)
	}
	if e.Checker != nil {
		checks = append(checks,
			anew{"certified", func(seed uint64) selftest.Check { return selftest.Certified{Defense: d.defense(seed)} }},
			anew{"squeezing", func(seed uint64) selftest.Check { return selftest.Squeezing{Defense: d.defense(seed)} }},
		)
	}
	if len(e.Pack.Manifest.Patches) > 0 {
		checks = append(checks,
			anew{"patch_accuracy", func(seed uint64) selftest.Check { return selftest.PatchAccuracy{Patches: d.patches(seed, "")} }},
			anew{"patch_none_correct", func(seed uint64) selftest.Check { return selftest.NoneCorrect{Patches: d.patches(seed, "correct")} }},
			anew{"patch_detected", func(seed uint64) selftest.Check { return selftest.PatchDetected{Defense: d.defense(seed)} }},
			anew{"patch_live", func(seed uint64) selftest.Check {
				return selftest.PatchLive{Patches: d.patches(seed, ""), Faces: d.present}
			}},
		)
	}
	for k := range d.Config.Cameras {
		checks = append(checks, d.sights(k)...)
	}
	checks = append(checks,
		selftest.Clock{Now: time.Now, Since: time.Since},
		selftest.Disk{Dir: d.Config.StateDir},
		selftest.Memory{Proc: "/proc"},
		selftest.Temperature{Sys: "/sys"},
		selftest.Throttling{Sys: "/sys"},
	)
	return append(checks, d.connections()...)
}

// connections are the checks of what the daemon speaks through, where it does: the broker, its outbox and systemd.
func (d *Daemon) connections() (checks []selftest.Check) {
	if broker := string(d.Config.MQTT.Broker); broker != "" {
		checks = append(checks,
			selftest.Spool{Dir: d.Config.StateDir, Open: selftest.OpenSpool},
			connected{selftest.MQTT{Broker: broker, RoundTrip: publisher(d.Config).RoundTrip}, d.board.connected},
		)
	}
	if socket := os.Getenv("NOTIFY_SOCKET"); socket != "" {
		interval, _ := sd.SdWatchdogEnabled(false) // tick tells what is wrong with it
		checks = append(checks, selftest.Watchdog{Socket: socket, Interval: interval})
	}
	return checks
}

// connected asks the broker only while the daemon reaches it.
type connected struct {
	selftest.MQTT
	online func() bool
}

// Run implements selftest.Check.
func (c connected) Run(ctx context.Context) selftest.Result {
	if !c.online() {
		return selftest.Result{Result: selftest.Skipped, Detail: "the broker is not reached: the daemon's state tells of it"}
	}
	return c.MQTT.Run(ctx)
}

// What comes often need not be long: how many faces a check of the daemon's round asks about.
const (
	roundDraws = 2 // of each patch on each face
	roundFaces = 1 // of each label
)

func (d *Daemon) patches(seed uint64, aim string) *selftest.Patches {
	e := d.engine
	return &selftest.Patches{
		Pack: e.Pack, Classifier: e.SharedClassifier(), Smoother: e.SharedSmoother(), Seed: seed, Draws: roundDraws, Aim: aim,
	}
}

// present are faces of who is before the cameras, none where nobody is.
func (d *Daemon) present(ctx context.Context) ([][]byte, error) {
	if d.board.people() == 0 {
		return nil, nil
	}
	return d.engine.Samples.Collect(ctx), nil
}

func (d *Daemon) defense(seed uint64) *selftest.Defense {
	e := d.engine
	s := testedDefense(e, e.SharedClassifier(), e.SharedSmoother(), openWitness(e))
	s.Seed, s.Faces = seed, roundFaces
	return s
}

// anew is a check that is made for each run, with another seed: the result tells it.
type anew struct {
	name string
	make func(seed uint64) selftest.Check
}

func (a anew) Name() string { return a.name }

// Run makes the check and runs it.
func (a anew) Run(ctx context.Context) selftest.Result {
	return a.make(uint64(time.Now().Unix())).Run(ctx)
}

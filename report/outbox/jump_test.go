//go:build clockjump

package outbox

import (
	"math/rand/v2"
	"testing"
	"time"
)

// TestChaosClock sets the wall clock by years, either way, while events wait: none counts as too old, and none is lost over a restart.
// It is built with a package time whose clock can be set, see mk/chaos.
func TestChaosClock(t *testing.T) {
	defer func() { time.Jump = 0 }()
	tries, events, lost := 10*kills(t), 0, 0
	for range tries {
		time.Jump = 0
		dir, hurry := t.TempDir(), impatient()
		hurry.sweep = 5 * time.Millisecond
		o := open(t, &Outbox{Dir: dir, MaxAge: time.Hour, times: hurry})
		waits := map[uint64]bool{}
		for range 4 {
			for range 10 {
				seq, _ := add(o)
				waits[seq] = true
			}
			years := rand.IntN(100) - 60
			time.Jump = int64(years) * 365 * 86400
			time.Sleep(20 * time.Millisecond) // some looks for events that are too old
			if rand.IntN(2) == 0 {
				shut(t, o)
				o = open(t, &Outbox{Dir: dir, MaxAge: time.Hour, times: hurry})
			}
		}
		flush(t, o)
		dropped := o.State().Dropped
		shut(t, o)
		events += len(waits)
		lost += max(absent(t, dir, waits), int(dropped))
	}
	t.Logf("chaos: clock set by up to 60 years four times while events wait on disk, %d events | %d | %d | %d", events, tries, tries, lost)
	if lost > 0 || events < 40*tries {
		t.Errorf("%d of %d events lost", lost, events)
	}
}

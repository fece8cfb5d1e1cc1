package mqtt

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/maskwarden/maskwarden/report"
)

// maxInstance is how much of another daemon's instance is logged and published, in bytes.
const maxInstance = 32

// duplicateDetector notices another daemon with the same device id by the states that it publishes. With one client id the
// broker lets only one of the two stay connected, so each would disconnect the other without end.
type duplicateDetector struct {
	mu        sync.Mutex
	published bool      // our own state has been on the topic
	stale     string    // instance whose state an earlier start left on the topic
	staleTime time.Time // of that state
	echoes    int       // how often it came back after ours had taken its place
	other     string    // instance that claims to be another daemon, "" for none
	seen      time.Time // when it was last noticed
	kicks     []time.Time
	shown     bool // that it is one
}

// observe takes a state from the device's topic; it returns the other daemon that published it, if any. before says that our own state had
// been on the topic before this connection: what the broker retains now was put there later, by a running daemon. Only a broker that
// was itself restarted from an old copy may bring back an old state, once.
func (d *duplicateDetector) observe(payload []byte, own string, retained, before bool) (other string) {
	var state struct {
		Instance string    `json:"instance"`
		Time     time.Time `json:"time"`
	}
	if json.Unmarshal(payload, &state) != nil || state.Instance == "" || state.Instance == own {
		return ""
	}
	state.Instance = report.Clean(state.Instance, maxInstance)
	d.mu.Lock()
	defer d.mu.Unlock()
	old := state.Instance == d.stale && !state.Time.After(d.staleTime)
	if retained && before && old {
		d.echoes++
	}
	alive := !retained || before && (!old || d.echoes > 1)
	if retained {
		d.stale, d.staleTime = state.Instance, state.Time
	}
	if !alive {
		return ""
	}
	d.other, d.seen = state.Instance, time.Now()
	return state.Instance
}

// kicked notes that the broker ended a connection that worked. Anybody who may write the topic can claim to be another daemon; only one
// that connects makes the broker do that, again and again.
func (d *duplicateDetector) kicked(within time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	d.kicks = slices.DeleteFunc(append(d.kicks, now), func(t time.Time) bool { return now.Sub(t) > within })
	d.shown = d.shown || d.other != "" && len(d.kicks) >= 2
}

// reason says that there is another daemon, "" where none was shown.
func (d *duplicateDetector) reason(device string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.shown {
		return ""
	}
	return fmt.Sprintf("another daemon uses device id %s (instance %s)", device, d.other)
}

// forget ends the alarm when the other daemon was not noticed for a while.
func (d *duplicateDetector) forget(after time.Duration) (gone bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.other == "" || time.Since(d.seen) < after {
		return false
	}
	gone = d.shown
	d.other, d.shown, d.kicks = "", false, nil
	return gone
}

func (d *duplicateDetector) setPublished() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.published = true
}

func (d *duplicateDetector) wasPublished() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.published
}

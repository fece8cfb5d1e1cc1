package mqtt

import (
	"encoding/json"
	"fmt"
	"sync"
	"time"
)

// rivals notices another daemon with the same device id by the states that it publishes. With one client id the broker
// lets only one of the two stay, so each would throw out the other without end.
type rivals struct {
	mu        sync.Mutex
	published bool      // our own state has been on the topic
	stale     string    // instance whose state an earlier start left on the topic
	staleTime time.Time // of that state
	echoes    int       // how often it came back after ours had taken its place
	rival     string    // instance of the other daemon, "" for none
	seen      time.Time // when it was last noticed
	warned    string    // instance that was last warned of
}

// sight judges a state on the device's topic; it returns the rival that published it, if any, and whether this is news.
// before says that our own state had been on the topic before this connection: what the broker retains now was put there
// later, by somebody alive. Only a broker that was itself restarted from an old copy may bring back an old state, once.
func (r *rivals) sight(payload []byte, own string, retained, before bool) (rival string, first bool) {
	var state struct {
		Instance string    `json:"instance"`
		Time     time.Time `json:"time"`
	}
	if json.Unmarshal(payload, &state) != nil || state.Instance == "" || state.Instance == own {
		return "", false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	old := state.Instance == r.stale && !state.Time.After(r.staleTime)
	if retained && before && old {
		r.echoes++
	}
	alive := !retained || before && (!old || r.echoes > 1)
	if retained {
		r.stale, r.staleTime = state.Instance, state.Time
	}
	if !alive {
		return "", false
	}
	first = state.Instance != r.warned
	r.rival, r.seen, r.warned = state.Instance, time.Now(), state.Instance
	return state.Instance, first
}

func (r *rivals) reason(device string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.rival == "" {
		return ""
	}
	return fmt.Sprintf("another daemon uses device id %s (instance %s)", device, r.rival)
}

// forget ends the alarm when the rival was not noticed for a while.
func (r *rivals) forget(after time.Duration) (gone bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.rival == "" || time.Since(r.seen) < after {
		return false
	}
	r.rival = ""
	return true
}

func (r *rivals) setPublished() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.published = true
}

func (r *rivals) wasPublished() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.published
}

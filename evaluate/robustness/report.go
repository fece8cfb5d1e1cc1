// Package robustness reports what models withstand: accuracy against the strength of an attack.
package robustness

import (
	"time"

	"github.com/maskwarden/maskwarden/attack/suite"
)

// Schema names the report's JSON.
const Schema = "maskwarden.attack/1"

// Report is one attack on one model or two. Stable, scripts read it: docs/ATTACK.md.
type Report struct {
	Schema    string         `json:"schema"`
	Version   string         `json:"version"`
	Time      time.Time      `json:"time"`
	Complete  bool           `json:"complete"` // false: it was interrupted
	Method    string         `json:"method"`
	Title     string         `json:"title"` // the method, for people
	Unit      string         `json:"unit"`  // of a strength
	From      string         `json:"from,omitempty"`
	To        string         `json:"to,omitempty"` // empty: any other label is a success
	Smooth    bool           `json:"smooth"`
	Universal bool           `json:"universal"`
	EOT       bool           `json:"eot"`
	Seed      uint64         `json:"seed"`
	Faces     map[string]int `json:"faces"`   // attacked, by label
	Skipped   []string       `json:"skipped"` // files that hold no picture, and why

	Result   *suite.Result `json:"result"`
	Baseline *suite.Result `json:"beside,omitempty"` // of the model that it is compared with
}

// Results are those of the models, the baseline last.
func (r *Report) Results() []*suite.Result {
	if r.Baseline == nil {
		return []*suite.Result{r.Result}
	}
	return []*suite.Result{r.Result, r.Baseline}
}

// Count is how many faces were attacked.
func (r *Report) Count() (n int) {
	for _, of := range r.Faces {
		n += of
	}
	return n
}

// Aim says in words what the attack wants, and what it was up against.
func (r *Report) Aim() string {
	aim := "untargeted"
	switch {
	case r.To != "" && r.From != "":
		aim = r.From + " → " + r.To
	case r.To != "":
		aim = "any other label → " + r.To
	case r.From != "":
		aim = r.From + " → any other label"
	}
	if r.Smooth {
		return aim + ", through the smoothing, which the attack knows"
	}
	return aim + ", without the smoothing"
}

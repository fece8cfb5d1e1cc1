package selftest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/maskwarden/maskwarden/report"
)

// ReportSchema is what Report carries; a change of meaning changes the number.
const ReportSchema = "maskwarden.selftest/1"

// Report is a whole self-test; stable, scripts read it.
type Report struct {
	Schema  string    `json:"schema"` // ReportSchema
	Result  string    `json:"result"` // as Summary.Result
	Time    time.Time `json:"time"`   // when it began
	Seconds float64   `json:"seconds"`
	Seed    uint64    `json:"seed"` // of all that was drawn at random: the same seed asks the same questions
	Unit    Unit      `json:"unit"`
	Checks  []Result  `json:"checks"`
	Summary Summary   `json:"-"` // of the checks; Result is its result

	Baseline *Baseline `json:"beside,omitempty"` // what another model withstands
	Curves   []Curve   `json:"curves,omitempty"`
	Pictures []Picture `json:"pictures,omitempty"`
}

// Unit says what was tested.
type Unit struct {
	Device   string            `json:"device"`
	Serial   string            `json:"serial"` // of the board, see host.Serial
	Model    string            `json:"model"`  // name@version:first 8 hex digits of the model's sha256
	Signer   string            `json:"signer"` // id of the key that signed the pack
	Versions map[string]string `json:"versions"`
}

// WithoutPixels returns the report with the hashes of its pictures, without their pixels.
func (r *Report) WithoutPixels() *Report {
	plain := *r
	plain.Pictures = nil
	for _, p := range r.Pictures {
		p.PNG = nil
		plain.Pictures = append(plain.Pictures, p)
	}
	return &plain
}

// Digest returns the report without pixels as JSON, and the sha256 of these very bytes, 64 lower-case hex digits.
func (r *Report) Digest() (text []byte, digest string, err error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(true) // it stands in a page, too
	e.SetIndent("", " ")
	if err := e.Encode(r.WithoutPixels()); err != nil {
		return nil, "", fmt.Errorf("self-test report: %w", err)
	}
	text = report.Escape(bytes.TrimSpace(b.Bytes()))
	sum := sha256.Sum256(text)
	return text, hex.EncodeToString(sum[:]), nil
}

// collect takes the pictures and the curves from the checks.
func (r *Report) collect() {
	for i := range r.Checks {
		r.Curves = append(r.Curves, r.Checks[i].Curves...)
		for _, p := range r.Checks[i].Pictures {
			sum := sha256.Sum256(p.PNG)
			p.SHA256 = hex.EncodeToString(sum[:])
			r.Pictures = append(r.Pictures, p)
		}
	}
}

// Complete fills the report from what its checks found, and its summary.
func (r *Report) Complete(results []Result, s Summary) {
	r.Schema, r.Checks, r.Summary, r.Result = ReportSchema, slices.Clone(results), s, s.Result
	for i := range r.Checks {
		r.Checks[i] = r.Checks[i].Bounded()
	}
	r.Seconds = time.Since(r.Time).Seconds()
	r.collect()
}

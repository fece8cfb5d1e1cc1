// Package htmlreport writes a self-test as one HTML page that needs no other file.
package htmlreport

import (
	"bytes"
	_ "embed" // for the page
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"maps"
	"slices"
	"strconv"
	"time"

	"aead.dev/minisign"

	"github.com/maskwarden/maskwarden/selftest"
	"github.com/maskwarden/maskwarden/selftest/htmlreport/chart"
	"github.com/maskwarden/maskwarden/selftest/signature"
)

//go:embed report.html
var page string

// view is what the page shows.
type view struct {
	*selftest.Report
	Text      template.JS // the report as JSON, whose sha256 is Digest
	Digest    string
	Signature *signature.Signature // nil: not signed
	Versions  []version
	Counts    []count
	Charts    []chart.Chart
}

type version struct{ Name, Value string }

type count struct {
	Result string
	N      int
}

// Write prints the report, signed with a key unless that is nil. The page holds it twice: to be read, and as the very JSON of which
// it shows the sha256 and the signature.
func Write(w io.Writer, r *selftest.Report, key *minisign.PrivateKey) error {
	text, digest, err := r.Digest()
	if err != nil {
		return err
	}
	var signed *signature.Signature
	if key != nil {
		if signed, err = signature.Sign(*key, r.Unit.Device, text); err != nil {
			return err
		}
	}
	t, err := template.New("report").Funcs(template.FuncMap{"png": png, "seconds": seconds, "when": when}).Parse(chart.Template + page)
	if err != nil {
		return fmt.Errorf("self-test HTML report: %w", err)
	}
	v := view{Report: r, Text: template.JS(text), Digest: digest, Signature: signed, Charts: chart.Draw(r.Curves)} // encoding/json has escaped <, > and &
	for _, name := range slices.Sorted(maps.Keys(r.Unit.Versions)) {
		v.Versions = append(v.Versions, version{name, r.Unit.Versions[name]})
	}
	s := r.Summary
	v.Counts = []count{{selftest.Pass, s.Passed()}, {selftest.Warn, len(s.Warned)}, {selftest.Fail, len(s.Failed)}, {selftest.Skipped, len(s.Skipped)}}
	var b bytes.Buffer // so that half a page is never written
	if err := t.Execute(&b, v); err != nil {
		return fmt.Errorf("self-test HTML report: %w", err)
	}
	_, err = b.WriteTo(w)
	return err
}

// png is a picture as an address that holds it.
func png(data []byte) template.URL {
	return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(data))
}

func seconds(s float64) string { return strconv.FormatFloat(s, 'f', 2, 64) }

func when(t time.Time) string { return t.Format("2006-01-02 15:04:05 MST") }

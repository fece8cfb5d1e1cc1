// Package htmlreport writes a self-test as one HTML page that needs no other file.
package htmlreport

import (
	"bytes"
	_ "embed" // for the page
	"encoding/base64"
	"errors"
	"fmt"
	"html"
	"html/template"
	"io"
	"maps"
	"slices"
	"strconv"
	"time"

	"aead.dev/minisign"

	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/selftest"
	"github.com/maskwarden/maskwarden/selftest/htmlreport/chart"
	"github.com/maskwarden/maskwarden/selftest/signature"
)

//go:embed report.html
var page string

// view is what the page shows.
type view struct {
	*selftest.Report
	Text     template.JS // the report as JSON, whose sha256 is Digest
	Digest   string
	Key      string // with which it is signed; empty: not signed
	Versions []version
	Counts   []count
	Charts   []chart.Chart
}

type version struct{ Name, Value string }

type count struct {
	Result string
	N      int
}

// Write prints the report, signed with a key unless that is nil. The page holds it twice: to be read, and as the very JSON of which
// it shows the sha256. The signature covers the whole page but itself.
func Write(w io.Writer, r *selftest.Report, key *minisign.PrivateKey) error {
	text, digest, err := r.Digest()
	if err != nil {
		return err
	}
	t, err := template.New("report").Funcs(template.FuncMap{"png": png, "seconds": seconds, "when": when}).Parse(chart.Template + page)
	if err != nil {
		return fmt.Errorf("self-test HTML report: %w", err)
	}
	v := view{Report: r, Text: template.JS(text), Digest: digest, Charts: chart.Draw(r.Curves)} // encoding/json has escaped <, > and &
	if key != nil {
		v.Key = fmt.Sprint(key.Public())
	}
	for _, name := range slices.Sorted(maps.Keys(r.Unit.Versions)) {
		v.Versions = append(v.Versions, version{name, r.Unit.Versions[name]})
	}
	s := r.Summary
	v.Counts = []count{{selftest.Pass, s.Passed()}, {selftest.Warn, len(s.Warned)}, {selftest.Fail, len(s.Failed)}, {selftest.Skipped, len(s.Skipped)}}
	var b bytes.Buffer // so that half a page is never written
	if err := t.Execute(&b, v); err != nil {
		return fmt.Errorf("self-test HTML report: %w", err)
	}
	written := []byte(report.Plain(b.String())) // the template escapes markup only
	if key != nil {
		if written, err = sign(written, *key, r.Unit.Device); err != nil {
			return err
		}
	}
	_, err = w.Write(written)
	return err
}

// sign puts the signature of a page into its place there.
func sign(page []byte, key minisign.PrivateKey, device string) ([]byte, error) {
	head, _, tail, ok := cut(page)
	if !ok {
		return nil, errors.New("self-test HTML report: no place for a signature")
	}
	s, err := signature.Sign(key, device, page)
	if err != nil {
		return nil, err
	}
	return slices.Concat(head, []byte(html.EscapeString(s.Signature)), tail), nil
}

// png is a picture as an address that holds it.
func png(data []byte) template.URL {
	return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(data))
}

func seconds(s float64) string { return strconv.FormatFloat(s, 'f', 2, 64) }

func when(t time.Time) string { return t.Format("2006-01-02 15:04:05 MST") }

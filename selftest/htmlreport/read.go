package htmlreport

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html"

	"github.com/maskwarden/maskwarden/selftest"
	"github.com/maskwarden/maskwarden/selftest/signature"
)

// Read takes the result out of a page, and verifies its signature. The page's key proves only that nobody altered the result who does
// not have that key: whose it is the caller must know.
func Read(page []byte) (*selftest.Report, *signature.Signature, error) {
	text, ok := between(page, `<script type="application/json" id="result">`, "</script>")
	if !ok {
		return nil, nil, errors.New("no report of a self-test: want a page that `maskwarden selftest --html` wrote")
	}
	key, hasKey := between(page, `<code id="key">`, "</code>")
	minisig, signed := between(page, `<pre id="signature">`, "</pre>")
	if !hasKey || !signed {
		return nil, nil, errors.New("the report is not signed")
	}
	s := &signature.Signature{Key: html.UnescapeString(string(key)), Signature: html.UnescapeString(string(minisig))}
	if err := s.Verify(text); err != nil {
		return nil, nil, err
	}
	r := &selftest.Report{}
	if err := json.Unmarshal(text, r); err != nil {
		return nil, nil, fmt.Errorf("the result: %w", err)
	}
	if r.Schema != selftest.ReportSchema {
		return nil, nil, fmt.Errorf("the result is of the schema %q, want %q: take the maskwarden that wrote it", r.Schema, selftest.ReportSchema)
	}
	return r, s, nil
}

// between is what stands between two marks, the first of them.
func between(page []byte, from, to string) ([]byte, bool) {
	_, rest, ok := bytes.Cut(page, []byte(from))
	if !ok {
		return nil, false
	}
	text, _, ok := bytes.Cut(rest, []byte(to))
	return text, ok
}

package htmlreport

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"slices"

	"github.com/maskwarden/maskwarden/selftest"
	"github.com/maskwarden/maskwarden/selftest/signature"
)

// Read takes the result out of a page, and verifies its signature, which covers every other byte of the page. The page's key proves only
// that nobody altered the page who does not have that key: whose it is the caller must know.
func Read(page []byte) (*selftest.Report, *signature.Signature, error) {
	text, ok := between(page, `<script type="application/json" id="result">`, "</script>")
	if !ok {
		return nil, nil, errors.New("no report of a self-test: want a page that `maskwarden selftest --html` wrote")
	}
	key, hasKey := between(page, `<code id="key">`, "</code>")
	head, minisig, tail, signed := cut(page)
	if !hasKey || !signed {
		return nil, nil, errors.New("the report is not signed")
	}
	s := &signature.Signature{Key: html.UnescapeString(string(key)), Signature: html.UnescapeString(string(minisig))}
	if html.EscapeString(s.Signature) != string(minisig) {
		return nil, nil, errors.New("the signature is not as it was written: it was altered")
	}
	if err := s.Verify(slices.Concat(head, tail)); err != nil {
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

// cut is a page before, in and after the only place of its signature.
func cut(page []byte) (head, minisig, tail []byte, ok bool) {
	const from, to = `<pre id="signature">`, "</pre>"
	start := bytes.Index(page, []byte(from)) + len(from)
	if bytes.Count(page, []byte(from)) != 1 {
		return nil, nil, nil, false
	}
	n := bytes.Index(page[start:], []byte(to))
	if n < 0 {
		return nil, nil, nil, false
	}
	return page[:start], page[start : start+n], page[start+n:], true
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

package htmlreport_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/selftest"
	"github.com/maskwarden/maskwarden/selftest/htmlreport"
)

func report() *selftest.Report {
	r := &selftest.Report{
		Time: time.Date(2026, 11, 25, 7, 30, 0, 0, time.UTC), Seed: 42,
		Unit: selftest.Unit{
			Device: "cam-7", Serial: "1421221012345", Model: "robust@1:22723218", Signer: "B9C8E571C153BD78",
			Versions: map[string]string{"maskwarden": "v1.2.3", "opencv": "4.6.0"},
		},
	}
	results := []selftest.Result{
		{Name: "pack_hash", Result: selftest.Pass, Detail: "robust@1:22723218", Seconds: 0.012},
		{
			Name: "patch_accuracy", Severity: selftest.Vital, Result: selftest.Fail, Quantity: "accuracy", Value: 0.5, Limit: 0.838, Bound: selftest.AtLeast, Unit: "share", Detail: "</script><b>5 of 10</b>", Hint: "do not trust it",
			Pictures: []selftest.Picture{{Check: "patch_accuracy", Caption: "none → correct <2 %>", PNG: []byte("\x89PNG")}},
		},
		{Name: "deep_curve", Result: selftest.Pass, Value: 0.9, Unit: "area", Curves: []selftest.Curve{
			{Check: "deep_curve", Name: "network alone", Unit: "255ths", Faces: 4, Unmasked: 2, Points: []selftest.Point{{Accuracy: 1}, {Strength: 8, Accuracy: 0.75}, {Strength: 16, Accuracy: 0.5, NoneCorrect: 0.5}}},
			{Check: "deep_curve", Name: "behind the smoothing", Unit: "255ths", Faces: 4, Points: []selftest.Point{{Accuracy: 1}, {Strength: 16, Accuracy: 1}}},
		}},
		{Name: "mqtt", Result: selftest.Skipped, Quantity: "round trip", Value: 1, Unit: "s", Detail: "no broker is configured"},
	}
	r.Complete(results, selftest.Summarize(results))
	r.Baseline = &selftest.Baseline{Model: "base@1:5beebfaa", Checks: []selftest.Result{{Name: "patch_accuracy", Result: selftest.Fail, Quantity: "accuracy", Value: 0.25, Unit: "share"}}}
	return r
}

func write(t *testing.T, r *selftest.Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := htmlreport.Write(&b, r, nil); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWrite(t *testing.T) {
	page := write(t, report())
	for _, want := range []string{
		"<title>Self-test of cam-7: fail</title>", "2026-11-25 07:30:00 UTC", "<dd>1421221012345</dd>", "<dt>opencv</dt><dd>4.6.0</dd>",
		`<td class="result fail">fail</td><td class="name">patch_accuracy</td><td>accuracy 0.5, limit at least 0.838 share</td>`,
		"&lt;/script&gt;&lt;b&gt;5 of 10&lt;/b&gt;", "→ do not trust it", `<img src="data:image/png;base64,iVBORw==" alt="none → correct &lt;2 %&gt;">`,
		`<td class="name">mqtt</td><td></td>`, `<span class="fail">1 fail</span>`,
		`<th>robust@1:22723218</th><th>base@1:5beebfaa</th>`,
		`<tr><td class="name">patch_accuracy</td><td>accuracy 0.5, limit at least 0.838 share</td><td>accuracy 0.25 share</td></tr>`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("want %q in the page", want)
		}
	}
	for _, addr := range regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if !strings.HasPrefix(addr[1], "data:image/png;base64,") {
			t.Errorf("the page needs %s", addr[1])
		}
	}
}

// TestDigest takes the result out of the page as a stranger would, and compares its hash with the one shown.
func TestDigest(t *testing.T) {
	page := write(t, report())
	_, rest, _ := strings.Cut(page, `<script type="application/json" id="result">`)
	text, _, ok := strings.Cut(rest, "</script>")
	if !ok {
		t.Fatal("the page holds no result")
	}
	sum := sha256.Sum256([]byte(text))
	if !strings.Contains(page, "<code>"+hex.EncodeToString(sum[:])+"</code>") {
		t.Error("the digest shown is not that of the result held")
	}
	var r selftest.Report
	if err := json.Unmarshal([]byte(text), &r); err != nil || r.Result != selftest.Fail || len(r.Checks) != 4 || len(r.Curves) != 2 || r.Checks[1].Detail != "</script><b>5 of 10</b>" {
		t.Errorf("got %+v (%v)", r, err)
	}
}

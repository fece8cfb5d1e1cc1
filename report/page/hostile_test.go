package page_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/report/reporttest"
)

// TestHostileTexts shows them in a browser: they stay text, and what scripts read is clean.
func TestHostileTexts(t *testing.T) {
	d := newDaemon()
	s := serve(t, d, nil)
	b := newTab(t)
	for i, text := range reporttest.Hostile() {
		d.change(func(d *daemon) {
			d.state.Model, d.state.Reasons, d.state.Spool.Error = text, []string{text}, text
			d.state.Cameras = []report.Camera{{Name: text, Status: report.Lost, Reason: text}}
			d.state.Health.SelfTest.Failed = []string{text}
			d.state.Health.Explain([]report.Reason{{Subject: text, Finding: text, Hint: text}})
			d.ready = errors.New(text)
		})
		e := decision(uint64(i+1), 0, text[:min(len(text), 1000)])
		e.Event.Camera, e.Event.Reason = text, text[:min(len(text), 1000)]
		e.Event.Suspected, e.Event.Suspicion, e.Event.Recovered = true, []string{text[:min(len(text), 1000)]}, text[:min(len(text), 1000)]
		s.Event(e)
		for _, path := range []string{"/state", "/readyz"} {
			_, body := get(t, s, path)
			reporttest.CheckText(t, path, body)
		}
		b.do(chromedp.Navigate("http://" + s.Addr() + "/"))
		b.wait(`document.querySelectorAll("#reasons li").length > 0 && document.querySelectorAll("#decisions li").length > 0`)
		shown := eval[string](b, `document.querySelector("#cameras").textContent + document.querySelector("#reasons").textContent + document.querySelector("#system").textContent`)
		reporttest.CheckText(t, "the page", strings.ReplaceAll(shown, "\n", " "))
		if eval[bool](b, `window.owned === 1 || document.querySelectorAll("body script, [onerror], img[src=x]").length > 0`) {
			t.Errorf("%.80q became more than text", text)
		}
	}
	_, metrics := get(t, s, "/metrics")
	if strings.Contains(metrics, "\x1b") {
		t.Error("an escape character in the metrics")
	}
}

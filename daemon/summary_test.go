package daemon

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/pack/packtest"
	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/report/metrics"
	"github.com/maskwarden/maskwarden/report/page"
	"github.com/maskwarden/maskwarden/selftest/schedule"
	"github.com/maskwarden/maskwarden/selftest/summarytest"
)

// TestOneResult holds the state on MQTT, the page and the metrics to the same result. The commands' side is in package cli.
func TestOneResult(t *testing.T) {
	p := packtest.Open(t, "../pack/testdata/tiny", pack.Float32)
	for _, c := range summarytest.Cases() {
		d := &Daemon{Config: config.Default(), Logger: slog.New(slog.DiscardHandler), rollback: &rollbackGuard{dir: t.TempDir(), pack: p}}
		d.board.start(d.Config)
		d.health.Now = time.Now
		if err := d.health.Initialize(); err != nil {
			t.Fatal(err)
		}
		d.health.Begin()
		d.passed(schedule.Pass{Why: schedule.AtStart, Seed: 7, Ended: time.Now(), Results: c.Results})

		state := d.State()
		encoded, err := state.Encode() // as MQTT and the control socket send it
		if err != nil {
			t.Fatal(err)
		}
		shows(t, c, "MQTT", encoded)
		s := &page.Server{Listen: "127.0.0.1:0", State: d.State, Logger: d.Logger}
		if err := s.Initialize(); err != nil {
			t.Fatal(err)
		}
		shows(t, c, "page", fetch(t, "http://"+s.Addr()+"/state"))
		if err := s.Close(t.Context()); err != nil {
			t.Error(err)
		}
		m := &metrics.Metrics{State: d.State}
		if err := m.Initialize(); err != nil {
			t.Fatal(err)
		}
		scraped := httptest.NewRecorder()
		m.Handler().ServeHTTP(scraped, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		for _, want := range []string{`maskwarden_selftest_result{result="` + c.Result + `"} 1`, `maskwarden_health{state="` + string(c.Health) + `"} 1`} {
			if text := scraped.Body.String(); !strings.Contains(text, want) || strings.Count(text, "\nmaskwarden_selftest_result{") != len(report.SelfTestResults()) {
				t.Errorf("%s: no %s in the metrics\n%s", c.Name, want, text)
			}
		}
	}
}

// shows expects a state to show the case's result.
func shows(t *testing.T, c summarytest.Case, where string, encoded []byte) {
	t.Helper()
	var s report.State
	if err := json.Unmarshal(encoded, &s); err != nil {
		t.Fatal(err)
	}
	h := s.Health
	if h.SelfTest == nil || h.SelfTest.Result != c.Result || h.State != string(c.Health) || (c.Status != 0) != (s.Status == report.Degraded) {
		t.Errorf("%s, %s: got %s", c.Name, where, encoded)
	}
}

func fetch(t *testing.T, url string) []byte {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

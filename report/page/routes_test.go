package page_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/report/page"
)

func TestRoutes(t *testing.T) {
	s := serve(t, newDaemon(), nil)
	for _, c := range []struct {
		path, kind, want string
		code             int
	}{
		{"/", "text/html; charset=utf-8", "<title>maskwarden</title>", 200},
		{"/app.js", "text/javascript; charset=utf-8", "listen(", 200},
		{"/style.css", "text/css; charset=utf-8", "prefers-color-scheme", 200},
		{"/favicon.svg", "image/svg+xml", "<svg", 200},
		{"/state", "application/json", `"device":"ward-3"`, 200},
		{"/metrics", "text/plain; version=0.0.4; charset=utf-8; escaping=underscores", "maskwarden_build_info", 200},
		{"/livez", "application/json", `"pipeline": "ok"`, 200},
		{"/readyz", "application/json", `"frames": "ok"`, 200},
		{"/nothing", "text/plain; charset=utf-8", "404", 404},
		{"/camera/side.jpg", "text/plain; charset=utf-8",
			`no picture "side.jpg": there are "front.jpg" and "front.mjpeg", "back.jpg" and "back.mjpeg"`, 404},
		{"/camera/front.png", "text/plain; charset=utf-8", `no picture "front.png": there are`, 404},
		{"/camera/..%2f..%2fetc%2fpasswd", "text/plain; charset=utf-8", `no picture "../../etc/passwd": there are`, 404},
	} {
		res, body := get(t, s, c.path)
		if res.StatusCode != c.code || !strings.Contains(body, c.want) || res.Header.Get("Content-Type") != c.kind {
			t.Errorf("%s: %s, %s, %.200s; want %d, %s, %s", c.path, res.Status, res.Header.Get("Content-Type"), body, c.code, c.kind, c.want)
		}
		for name, want := range map[string]string{
			"Content-Security-Policy":      "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
			"Cross-Origin-Resource-Policy": "same-origin",
			"X-Content-Type-Options":       "nosniff",
			"Cache-Control":                "no-store",
			"Set-Cookie":                   "",
		} {
			// http.Error takes Cache-Control away, and net/http keeps errors out of caches no less.
			if got := res.Header.Get(name); got != want && (name != "Cache-Control" || c.code == 200) {
				t.Errorf("%s: %s is %q, want %q", c.path, name, got, want)
			}
		}
	}
}

func TestStateIsTheSchemas(t *testing.T) {
	_, body := get(t, serve(t, newDaemon(), nil), "/state")
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(report.StateJSONSchema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("state.json", schema); err != nil {
		t.Fatal(err)
	}
	state, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.MustCompile("state.json").Validate(state); err != nil {
		t.Error(err)
	}
}

func TestOnlyGet(t *testing.T) {
	s := serve(t, newDaemon(), nil)
	for _, method := range []string{"HEAD", "POST", "PUT", "DELETE", "OPTIONS"} {
		req, _ := http.NewRequest(method, "http://"+s.Addr()+"/", strings.NewReader(""))
		res, err := client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusMethodNotAllowed || res.Header.Get("Allow") != "GET" {
			t.Errorf("%s: %s, Allow %q", method, res.Status, res.Header.Get("Allow"))
		}
	}
}

func TestHost(t *testing.T) {
	any := "0.0.0.0:0"
	for _, c := range []struct {
		listen string
		hosts  []string
		host   string
		code   int
	}{
		{"", nil, "localhost:8080", 200},
		{"", nil, "LOCALHOST", 200},
		{"", nil, "127.0.0.1:9", 200},
		{"", nil, "127.3.2.1", 200},
		{"", nil, "[::1]:8080", 200},
		{"", nil, "[::1]", 200},
		{"", nil, "attacker.example:8080", 403},
		{"", nil, "localhost.attacker.example", 403},
		{"", nil, "127.0.0.1.attacker.example", 403},
		{"", nil, "192.0.2.1", 403},
		{"", []string{"cam.ward.example"}, "Cam.Ward.Example:8080", 200},
		{any, nil, "cam.ward.example", 403}, // it may be anybody's
		{any, nil, "192.0.2.1:8080", 200},
		{any, nil, "[2001:db8::1]", 200},
		{any, nil, "localhost", 200},
		{any, []string{"cam.ward.example"}, "cam.ward.example", 200},
		{any, []string{"cam.ward.example"}, "attacker.example", 403},
		{any, []string{"cam.ward.example"}, "localhost", 200},
	} {
		s := serve(t, newDaemon(), func(s *page.Server) {
			if s.Hosts = c.hosts; c.listen != "" {
				s.Listen, s.Token = c.listen, secret
			}
		})
		_, port, _ := net.SplitHostPort(s.Addr())
		req, _ := http.NewRequest(http.MethodGet, "http://127.0.0.1:"+port+"/state", nil)
		req.Host = c.host
		req.Header.Set("Authorization", "Bearer "+secret)
		res, err := client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != c.code {
			t.Errorf("listen %q, hosts %q: Host %q gives %s, want %d", c.listen, c.hosts, c.host, res.Status, c.code)
		}
	}
}

func TestReadiness(t *testing.T) {
	d := newDaemon()
	s := serve(t, d, nil)
	d.change(func(d *daemon) { d.ready = errNotReady })
	res, body := get(t, s, "/readyz")
	var got struct {
		Status, Device, Version, Instance string
		Uptime                            *float64 `json:"uptime_seconds"`
		Checks                            map[string]string
	}
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != 503 || got.Status != "failed" || got.Checks["frames"] != "no frame for 7s" || got.Checks["pipeline"] != "ok" {
		t.Errorf("not ready: %s %s", res.Status, body)
	}
	if got.Device != "ward-3" || got.Version != "1.2.3" || got.Instance != "a1" || got.Uptime == nil {
		t.Errorf("who answers? %s", body)
	}
	if res, body := get(t, s, "/livez"); res.StatusCode != 200 {
		t.Errorf("live all the same: %s %s", res.Status, body)
	}
	d.change(func(d *daemon) { d.ready = nil })
	if res, body := get(t, s, "/readyz"); res.StatusCode != 200 || !strings.Contains(body, `"status": "ok"`) {
		t.Errorf("ready: %s %s", res.Status, body)
	}
}

func TestListenErrors(t *testing.T) {
	first := serve(t, newDaemon(), nil)
	for listen, want := range map[string]string{
		first.Addr():     `http.listen "` + first.Addr() + `": listen tcp ` + first.Addr() + `: bind: address already in use`,
		"localhost":      `http.listen "localhost": address localhost: missing port in address: want an address and a port as in 127.0.0.1:8080`,
		"127.0.0.1:port": `http.listen "127.0.0.1:port": listen tcp: lookup tcp/port: unknown port`,
	} {
		s := &page.Server{Listen: listen, State: newDaemon().get}
		if err := s.Initialize(); err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
		if err := s.Close(context.Background()); err != nil {
			t.Errorf("close after a failed start: %v", err)
		}
	}
}

package page

import (
	"bufio"
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/maskwarden/maskwarden/report"
)

// FuzzRequest reads any bytes as a request: nobody gets in without the token, and nobody starts a self-test without it on loopback either.
func FuzzRequest(f *testing.F) {
	const token, device = "0123456789abcdef", "ward-3"
	for _, text := range []string{
		"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"GET /camera/front.jpg?x=%00;y HTTP/1.0\r\nHost: [::1]:8080\r\n\r\n",
		"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " + token + "\r\n\r\n",
		"GET /state HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Basic eDowMTIzNDU2Nzg5YWJjZGVm\r\n\r\n",
		"GET /livez/../state HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
		"GET //readyz HTTP/1.1\r\nHost: attacker.example\r\nRange: bytes=0-,1-\r\n\r\n",
		"GET http://localhost/%2e%2e/camera/..%2f HTTP/1.1\r\nHost: x\r\nIf-Modified-Since: x\r\n\r\n",
		"POST /selftest HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\nAuthorization: bearer  " + token + " \r\nContent-Length: 1\r\n\r\nx",
		"POST /selftest HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\n\r\n",
		"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
	} {
		f.Add([]byte(text), true)
		f.Add([]byte(text), false)
	}
	f.Fuzz(func(t *testing.T, text []byte, loopback bool) {
		for _, set := range []string{"", token} {
			r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(text)))
			if err != nil {
				return
			}
			ctx, leave := context.WithCancel(t.Context())
			leave() // streams have no end
			r, r.RemoteAddr = r.WithContext(ctx), "192.0.2.7:4711"
			asked := false
			s := &Server{
				Token: set, Device: device, Logger: slog.New(slog.DiscardHandler), SelfTest: func() { asked = true },
				State: func() report.State {
					return report.State{Device: device, Cameras: []report.Camera{{Name: "front", Status: report.OK}}}
				},
				views: map[string]*view{}, done: make(chan struct{}), streams: peers{all: 2, each: 1},
			}
			s.decisions.init()
			w := httptest.NewRecorder()
			s.guard(loopback, s.routes()).ServeHTTP(w, r)
			for _, v := range s.views {
				v.close()
			}
			guess, _ := given(r)
			knows := set != "" && guess == set
			open := set == "" && loopback
			probe := r.URL.Path == livezPath || r.URL.Path == readyzPath
			if w.Code < 400 && !knows && !open && !probe || asked && !knows {
				t.Fatalf("%q: %d, a self-test: %v", text, w.Code, asked)
			}
			if body := w.Body.String(); !knows && !open && strings.Contains(body, device) || strings.Contains(body, token) && !bytes.Contains(text, []byte(token)) {
				t.Fatalf("%q is answered %q", text, body)
			}
			if s.streams.total != 0 || len(s.streams.open) != 0 {
				t.Fatalf("%q leaves %d streams", text, s.streams.total)
			}
		}
	})
}

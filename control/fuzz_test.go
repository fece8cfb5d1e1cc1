package control

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/selftest"
)

// wire is a connection that gives some bytes and then its end, and keeps what is written.
type wire struct {
	net.Conn
	io.Reader
	written bytes.Buffer
}

func (w *wire) Read(p []byte) (int, error)       { return w.Reader.Read(p) }
func (w *wire) Write(p []byte) (int, error)      { return w.written.Write(p) }
func (w *wire) Close() error                     { return nil }
func (w *wire) SetReadDeadline(time.Time) error  { return nil }
func (w *wire) SetWriteDeadline(time.Time) error { return nil }

// FuzzRequest reads any bytes as what a client sends: each line has one last reply, in JSON, and nothing after a line that is too long.
func FuzzRequest(f *testing.F) {
	for _, text := range []string{
		`{"version":2,"command":"status"}` + "\n" + `{"version":2,"command":"selftest"}` + "\n", `{"version":1}` + "\n\n", "status",
		`{"version":2,"command":"\u001b[2J"}`, strings.Repeat("[", maxRequest-1), strings.Repeat("x", maxRequest+1) + "\n{}", "\x00\xff\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		s := &Server{
			State: func() report.State { return report.State{Device: "door"} }, Checks: []string{"a"}, ctx: t.Context(), idle: idle, patience: patience, Logger: slog.New(slog.DiscardHandler),
			SelfTest: func(_ context.Context, each func(selftest.Result)) (Outcome, error) {
				each(selftest.Result{Name: "a", Result: selftest.Pass})
				return Outcome{}, nil
			},
		}
		w := &wire{Reader: bytes.NewReader(sent)}
		s.serve(w)
		asked := bufio.NewScanner(bytes.NewReader(sent))
		asked.Buffer(make([]byte, 0, 256), maxRequest)
		want, got := 0, 0
		for asked.Scan() {
			want++
		}
		for line := range bytes.Lines(w.written.Bytes()) {
			var r reply
			if err := json.Unmarshal(line, &r); err != nil || r.Version != Version || len(line) > 8*maxRequest {
				t.Fatalf("%q is answered %q (%v)", sent, line, err)
			}
			if r.State != nil || r.Outcome != nil || r.Error != "" {
				got++
			}
		}
		if got != want {
			t.Fatalf("%q: %d answers to %d lines: %s", sent, got, want, w.written.Bytes())
		}
	})
}

// FuzzReply reads any bytes as what a daemon answers: a state or an outcome, or an error that says something.
func FuzzReply(f *testing.F) {
	for _, text := range []string{
		`{"version":2,"state":{"device":"door"}}` + "\n", `{"version":2,"checks":["a"]}` + "\n" + `{"version":2,"check":{"name":"a"}}` + "\n" + `{"version":2,"outcome":{"seed":1}}` + "\n",
		`{"version":2,"error":"no"}` + "\n", `{"version":1}` + "\n", `{"version":2,"state":[]}`, "{}\n{}\n", "null\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		for _, ask := range []func(*Client) error{
			func(c *Client) error { _, err := c.State(t.Context()); return err },
			func(c *Client) error {
				seen := 0
				_, results, err := c.SelfTest(t.Context(), func(names []string) { _ = names[0] }, func(selftest.Result) { seen++ })
				if seen != len(results) || seen > bytes.Count(sent, []byte("\n"))+1 {
					t.Fatalf("%q gives %d results, and %d were seen", sent, len(results), seen)
				}
				return err
			},
		} {
			w := &wire{Reader: bytes.NewReader(sent)}
			if err := ask(newClient(w)); err != nil && !strings.HasPrefix(err.Error(), "the daemon") {
				t.Fatalf("%q: %v", sent, err)
			}
		}
	})
}

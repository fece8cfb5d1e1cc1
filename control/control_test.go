package control_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/maskwarden/maskwarden/control"
	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/selftest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// outcome is what the daemon of these tests says of its self-test. It fits no results, so that a client that counts is noticed.
func outcome() control.Outcome {
	return control.Outcome{Seed: 1<<63 + 7, Summary: selftest.Summary{
		Result: selftest.Warn, Checks: 9, Failed: []string{"x"}, Warned: []string{"y", "z"}, Skipped: []string{"w"},
	}}
}

func serve(t *testing.T, change func(*control.Server)) *control.Server {
	t.Helper()
	s := &control.Server{
		Path:   filepath.Join(t.TempDir(), "run", "control.sock"),
		State:  func() report.State { return report.State{Device: "door", Status: report.OK} },
		Checks: []string{"a", "b"},
		SelfTest: func(_ context.Context, each func(selftest.Result)) (control.Outcome, error) {
			each(selftest.Result{Name: "a", Result: selftest.Pass, Value: 1, Limit: 2, Unit: "logit"})
			each(selftest.Result{Name: "b", Result: selftest.Fail, Detail: "full", Hint: "delete something"})
			return outcome(), nil
		},
		Logger: slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(s)
	}
	if err := s.Initialize(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func dial(t *testing.T, paths ...string) *control.Client {
	t.Helper()
	c, err := control.Dial(t.Context(), paths...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestCommands(t *testing.T) {
	s := serve(t, nil)
	info, err := os.Stat(s.Path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket is %v (%v), want mode 0600", info.Mode(), err)
	}
	c := dial(t, s.Path+".none", s.Path)
	for range 2 { // one connection, several requests
		state, err := c.State(t.Context())
		if err != nil || state.Device != "door" || state.Schema != report.StateSchema || state.Health.State != "init" {
			t.Errorf("got %+v, %v", state, err)
		}
		var names, seen []string
		got, results, err := c.SelfTest(t.Context(), func(n []string) { names = n }, func(r selftest.Result) { seen = append(seen, r.Name) })
		if err != nil || len(results) != 2 || results[1].Hint != "delete something" || results[0].Limit != 2 {
			t.Errorf("got %+v, %v", results, err)
		}
		if diff := cmp.Diff(outcome(), got); diff != "" {
			t.Errorf("the outcome is not the daemon's: %s", diff)
		}
		if !slices.Equal(names, []string{"a", "b"}) || !slices.Equal(seen, names) {
			t.Errorf("names %q, seen %q", names, seen)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(s.Path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is still there: %v", err)
	}
	if _, err := c.State(t.Context()); err == nil {
		t.Error("a daemon that is gone answers")
	}
}

// TestLines speaks the protocol by hand, well and badly.
func TestLines(t *testing.T) {
	s := serve(t, func(s *control.Server) {
		s.SelfTest = func(_ context.Context, each func(selftest.Result)) (control.Outcome, error) {
			each(selftest.Result{Name: "a", Value: math.NaN()})
			return control.Outcome{}, errors.New("the daemon is stopping")
		}
	})
	for _, c := range []struct {
		line string
		want []string
	}{
		{`{"version":2,"command":"selftest"}`, []string{
			`{"version":2,"checks":["a","b"]}`, `{"version":2,"error":"json: unsupported value: NaN"}`, `{"version":2,"error":"the daemon is stopping"}`,
		}},
		{`{"version":1,"command":"status"}`, []string{`{"version":2,"error":"protocol version 1, want 2: run the same maskwarden as the daemon"}`}},
		{`{"version":2,"command":"reboot"}`, []string{`{"version":2,"error":"command \"reboot\", want status or selftest"}`}},
		{`status`, []string{`{"version":2,"error":"want one JSON object a line: invalid character 's' looking for beginning of value"}`}},
		{strings.Repeat("x", 5000), nil}, // too long: the connection is closed
	} {
		conn, err := net.Dial("unix", s.Path)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = fmt.Fprintln(conn, c.line)
		lines := bufio.NewScanner(conn)
		for _, want := range c.want {
			if !lines.Scan() || lines.Text() != want {
				t.Errorf("%.50s: got %s, want %s", c.line, lines.Text(), want)
			}
		}
		if c.want == nil && lines.Scan() {
			t.Errorf("%.50s: got %s, want the end", c.line, lines.Text())
		}
		_ = conn.Close()
	}
}

func TestNobodyAnswers(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "control.sock")
	_, err := control.Dial(t.Context(), path)
	want := fmt.Sprintf("no daemon answers: dial unix %s: connect: no such file or directory", path)
	if !errors.Is(err, control.ErrNoDaemon) || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	stale, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	stale.SetUnlinkOnClose(false)
	_ = stale.Close() // as after a crash: the file stays
	s := serve(t, func(s *control.Server) { s.Path = path })
	if _, err := dial(t, path).State(t.Context()); err != nil {
		t.Errorf("a stale socket is in the way: %v", err)
	}
	second := &control.Server{Path: path}
	want = fmt.Sprintf("control.socket %s: another daemon answers there: stop it, or give this one another state_dir or control.socket", path)
	if err := second.Initialize(); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	long := filepath.Join(dir, strings.Repeat("x", 120))
	want = fmt.Sprintf("control.socket %q: %d bytes, want 103 at most: choose a shorter path", long, len(long))
	if err := (&control.Server{Path: long}).Initialize(); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	_ = s.Close()
	if err := (&control.Server{}).Close(); err != nil {
		t.Errorf("close without a start: %v", err)
	}
}

// TestLeftAtOnce leaves at every moment of a call: whatever it broke, the caller learns that it was its own end.
func TestLeftAtOnce(t *testing.T) {
	s := serve(t, func(s *control.Server) {
		s.SelfTest = func(ctx context.Context, each func(selftest.Result)) (control.Outcome, error) {
			<-ctx.Done()
			return control.Outcome{}, ctx.Err()
		}
	})
	for i := range 300 {
		ctx, leave := context.WithCancel(t.Context())
		c := dial(t, s.Path)
		time.AfterFunc(time.Duration(i)*2*time.Microsecond, leave)
		if _, _, err := c.SelfTest(ctx, nil, nil); err != nil && !errors.Is(err, context.Canceled) && !strings.Contains(err.Error(), "connected already") {
			t.Fatalf("left after %d µs: %v", i*2, err)
		}
		_ = c.Close()
	}
}

// TestTooManyAndGone fills the server with silent clients, and lets one leave in the middle of a self-test.
func TestTooManyAndGone(t *testing.T) {
	entered, left := make(chan struct{}), make(chan struct{})
	s := serve(t, func(s *control.Server) {
		s.SelfTest = func(ctx context.Context, each func(selftest.Result)) (control.Outcome, error) {
			close(entered)
			for ctx.Err() == nil {
				each(selftest.Result{Name: "a"})
				time.Sleep(time.Millisecond)
			}
			close(left)
			return control.Outcome{}, ctx.Err()
		}
	})
	ctx, leave := context.WithCancel(t.Context())
	c := dial(t, s.Path)
	go func() { <-entered; leave() }()
	if _, _, err := c.SelfTest(ctx, nil, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	<-left
	for range 8 {
		conn, err := net.Dial("unix", s.Path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
	}
	const want = "the daemon: 8 commands are connected already: try again when one has ended"
	for end := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) { // the one who left may still be counted
		_, err := dial(t, s.Path).State(t.Context())
		if err != nil && err.Error() == want {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("got %v, want %s", err, want)
		}
	}
}

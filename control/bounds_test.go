package control

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/selftest"
)

const long = time.Minute // for what takes milliseconds

// bounded is a server whose clients have a fifth of a second.
func bounded(t *testing.T, change func(*Server)) *Server {
	t.Helper()
	s := &Server{
		Path: filepath.Join(t.TempDir(), "control.sock"), State: func() report.State { return report.State{Device: "door"} }, Checks: []string{"a"},
		SelfTest: func(context.Context, func(selftest.Result)) (Outcome, error) { return Outcome{}, nil },
		Logger:   slog.New(slog.DiscardHandler), idle: 200 * time.Millisecond, patience: 200 * time.Millisecond,
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

func connect(t *testing.T, s *Server) net.Conn {
	t.Helper()
	conn, err := net.Dial("unix", s.Path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(long)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// answers fails unless a command is served.
func answers(t *testing.T, s *Server) {
	t.Helper()
	c, err := Dial(t.Context(), s.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if state, err := c.State(t.Context()); err != nil || state.Device != "door" {
		t.Errorf("the next command gets %+v, %v", state, err)
	}
}

// TestSilentClients: eight who say nothing, or one letter after the other, leave the places to others in time.
func TestSilentClients(t *testing.T) {
	s := bounded(t, nil)
	var all []net.Conn
	for i := range maxConnections {
		conn := connect(t, s)
		if all = append(all, conn); i%2 > 0 {
			go func() {
				for range 1000 {
					if _, err := io.WriteString(conn, "x"); err != nil {
						return
					}
					time.Sleep(20 * time.Millisecond)
				}
			}()
		}
	}
	for i, conn := range all {
		if _, err := io.Copy(io.Discard, conn); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("client %d is still connected (%v)", i, err)
		}
	}
	answers(t, s)
}

// TestLongRequests: of a request without an end no more is read than a request may have.
func TestLongRequests(t *testing.T) {
	s := bounded(t, nil)
	conn := connect(t, s)
	block, sent := bytes.Repeat([]byte("x"), 64<<10), 0
	for range 1024 {
		n, err := conn.Write(block)
		if sent += n; err != nil {
			break
		}
	}
	if sent > 4<<20 {
		t.Errorf("%d bytes of one request were taken", sent)
	}
	answers(t, s)
}

// TestClientsThatNeverRead: who asks, and takes no answers, is left; a self-test that it asked for ends.
func TestClientsThatNeverRead(t *testing.T) {
	ended := make(chan struct{})
	s := bounded(t, func(s *Server) {
		s.SelfTest = func(ctx context.Context, each func(selftest.Result)) (Outcome, error) {
			for ctx.Err() == nil {
				each(selftest.Result{Name: "a", Detail: strings.Repeat("x", 4096)})
			}
			close(ended)
			return Outcome{}, ctx.Err()
		}
	})
	if _, err := io.WriteString(connect(t, s), `{"version":2,"command":"selftest"}`+"\n"); err != nil {
		t.Fatal(err)
	}
	conn, request := connect(t, s), []byte(`{"version":2,"command":"status"}`+"\n")
	for sent, end := 0, time.Now().Add(long); ; sent++ {
		if _, err := conn.Write(request); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("after %d requests without a look at the answers it is still connected", sent)
		}
	}
	select {
	case <-ended:
	case <-time.After(long):
		t.Fatal("the self-test goes on for nobody")
	}
	answers(t, s)
}

// exhausted is a listener that cannot take a connection some times, as where no more files can be opened.
type exhausted struct {
	net.Listener
	left int
}

func (e *exhausted) Accept() (net.Conn, error) {
	if e.left > 0 {
		e.left--
		return nil, &net.OpError{Op: "accept", Net: "unix", Err: os.NewSyscallError("accept4", syscall.EMFILE)}
	}
	return e.Listener.Accept()
}

// TestAcceptGoesOn: the socket answers again once files can be opened.
func TestAcceptGoesOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "control.sock")
	l, err := listen(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	faults := make(chan error, 100)
	s := &Server{
		Path: path, State: func() report.State { return report.State{Device: "door"} }, Logger: slog.New(slog.DiscardHandler),
		OnFault: func(err error) { faults <- err }, listener: &exhausted{l, 3}, file: file, ctx: ctx, cancel: cancel,
		free: make(chan struct{}, maxConnections),
	}
	s.setDefaults()
	s.running.Go(s.keep)
	answers(t, s)
	for range 3 {
		if err := <-faults; !errors.Is(err, syscall.EMFILE) {
			t.Errorf("said %v", err)
		}
	}
	if err := <-faults; err != nil {
		t.Errorf("at the end it said %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestSocketGone takes the socket away: it is made again, also after its folder was a file for a while, which is said.
func TestSocketGone(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "state")
	faults := make(chan error, 100)
	s := bounded(t, func(s *Server) {
		s.Path, s.look, s.OnFault = filepath.Join(folder, "control.sock"), 10*time.Millisecond, func(err error) { faults <- err }
	})
	again := func(what string) {
		t.Helper()
		for deadline := time.Now().Add(long); ; time.Sleep(time.Millisecond) {
			if c, err := Dial(t.Context(), s.Path); err == nil {
				_ = c.Close()
				break
			} else if time.Now().After(deadline) {
				t.Fatalf("%s: %v", what, err)
			}
		}
		answers(t, s)
		if info, err := os.Stat(s.Path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", what, info, err)
		}
	}
	if err := os.Remove(s.Path); err != nil {
		t.Fatal(err)
	}
	again("deleted")
	if err := os.Rename(folder, folder+".aside"); err != nil {
		t.Fatal(err)
	}
	again("moved")
	for _, back := range []bool{false, true} {
		if err := errors.Join(os.RemoveAll(folder+".aside"), os.Rename(folder, folder+".aside"), os.WriteFile(folder, nil, 0o600)); err != nil {
			t.Fatal(err)
		}
		if err := <-faults; !errors.Is(err, syscall.ENOTDIR) {
			t.Errorf("said %v", err)
		}
		if err := os.Remove(folder); err != nil {
			t.Fatal(err)
		}
		if back {
			_ = os.RemoveAll(folder) // made again meanwhile, maybe
			if err := os.Rename(folder+".aside", folder); err != nil {
				t.Fatal(err)
			}
		}
		for err := range faults {
			if err == nil {
				break
			}
		}
		again("a file for a while")
	}
	s = bounded(t, nil)
	if err := errors.Join(os.Remove(s.Path), os.WriteFile(s.Path, nil, 0o600), s.Close()); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(s.Path); err != nil {
		t.Errorf("what was not its own is gone: %v", err)
	}
}

// TestStuckDaemon: a daemon that takes connections and says nothing is not waited for.
func TestStuckDaemon(t *testing.T) {
	path := filepath.Join(t.TempDir(), "control.sock")
	l, err := listen(path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	const want = "the daemon: it gave no answer in 100ms: it is stuck, or stopped"
	for what, ask := range map[string]func(*Client) error{
		"status":   func(c *Client) error { _, err := c.State(t.Context()); return err },
		"selftest": func(c *Client) error { _, _, err := c.SelfTest(t.Context(), nil, nil); return err },
	} {
		c, err := Dial(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		c.patience = 100 * time.Millisecond
		if err := ask(c); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", what, err, want)
		}
		_ = c.Close()
	}
}

// TestEmptyAnswers: a daemon that answers with nothing, or with no checks, is no daemon of ours.
func TestEmptyAnswers(t *testing.T) {
	for _, text := range []string{`{"version":2}`, `{"version":2,"checks":[]}`, `{"version":2,"state":{}}`} {
		w := &wire{Reader: strings.NewReader(text + "\n")}
		_, _, err := newClient(w).SelfTest(t.Context(), func(names []string) { t.Errorf("%s begins %q", text, names) }, nil)
		if err == nil || err.Error() != "the daemon: it answers with nothing" {
			t.Errorf("%s: %v", text, err)
		}
	}
}

package control

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/selftest"
)

const (
	maxConnections = 8
	idle           = time.Minute            // a client may say nothing, or not end its line, for so long
	acceptPause    = 100 * time.Millisecond // after a connection that could not be taken, as where no file can be opened
	lookPause      = 2 * time.Second        // between looks whether the socket is still there
)

// Server answers on the control socket of a daemon. Whoever may open the socket may ask: its owner and root.
type Server struct {
	Path     string              // of the socket
	State    func() report.State // the daemon's state
	Checks   []string            // names of the self-test's checks
	SelfTest func(ctx context.Context, each func(selftest.Result)) (Outcome, error)
	Logger   *slog.Logger
	OnFault  func(err error) // called while the socket cannot be made again or takes no connection, and with nil once it does; may be nil

	idle, patience, look time.Duration // the constants, unless a test has set them

	listener net.Listener
	file     os.FileInfo     // of the socket
	ctx      context.Context // of all connections; ended by Close
	cancel   context.CancelFunc
	free     chan struct{}
	running  sync.WaitGroup
}

// inUseError is about a socket at which somebody answers.
type inUseError struct{ path string }

func (e *inUseError) Error() string {
	return "control.socket " + e.path + ": another daemon answers there: stop it, or give this one another state_dir or control.socket"
}

// Unwrap says that it may pass: the other may end.
func (e *inUseError) Unwrap() error { return syscall.EADDRINUSE }

// Initialize makes the socket and answers on it. A socket at which nobody answers any more is replaced.
func (s *Server) Initialize() error {
	if len(s.Path) > config.MaxSocket {
		return fmt.Errorf("control.socket %q: %d bytes, want %d at most: choose a shorter path", s.Path, len(s.Path), config.MaxSocket)
	}
	if err := s.open(); err != nil {
		return err
	}
	s.setDefaults()
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.free = make(chan struct{}, maxConnections)
	s.running.Go(s.keep)
	return nil
}

// open makes the socket.
func (s *Server) open() error {
	if conn, err := net.Dial("unix", s.Path); err == nil {
		return errors.Join(&inUseError{s.Path}, conn.Close())
	}
	listener, err := listen(s.Path)
	if err == nil {
		var file os.FileInfo
		if file, err = os.Lstat(s.Path); err == nil {
			s.listener, s.file = listener, file
			return nil
		}
		err = errors.Join(err, listener.Close())
	}
	return fmt.Errorf("control.socket %s: %w: name a folder that can be written", s.Path, err)
}

// there says whether the socket is where commands look for it.
func (s *Server) there() bool {
	file, err := os.Lstat(s.Path)
	return err == nil && os.SameFile(file, s.file)
}

// keep takes connections, and makes the socket again where it was deleted, or its folder moved.
func (s *Server) keep() {
	tick := time.NewTicker(s.look)
	defer tick.Stop()
	accept := func(l net.Listener) { s.running.Go(func() { s.accept(l) }) }
	accept(s.listener)
	for failed := false; ; {
		select {
		case <-s.ctx.Done():
			_ = s.listener.Close() // nothing is lost: its clients are gone
			return
		case <-tick.C:
		}
		var err error
		if !s.there() {
			old := s.listener
			if err = s.open(); err == nil {
				_ = old.Close() // nobody can reach it
				accept(s.listener)
				s.Logger.Warn("the control socket was gone, it is made again", "socket", s.Path)
			}
		}
		if err != nil || failed {
			s.fault(err)
		}
		failed = err != nil
	}
}

func (s *Server) setDefaults() {
	if s.idle == 0 {
		s.idle = idle
	}
	if s.patience == 0 {
		s.patience = patience
	}
	if s.look == 0 {
		s.look = lookPause
	}
}

// listen makes the socket for its owner alone, under another name, and then puts it in place of an old one.
func listen(path string) (net.Listener, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	part := path + ".new"
	if err := os.Remove(part); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	owned := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) (err error) {
		return errors.Join(c.Control(func(fd uintptr) { err = syscall.Fchmod(int(fd), 0o600) }), err) // bind gives the file this mode
	}}
	listener, err := owned.Listen(context.Background(), "unix", part)
	if err != nil {
		return nil, err
	}
	listener.(*net.UnixListener).SetUnlinkOnClose(false) // it would be the other name
	if err := errors.Join(os.Chmod(part, 0o600), os.Rename(part, path)); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	return listener, nil
}

func (s *Server) fault(err error) {
	if s.OnFault != nil {
		s.OnFault(err)
	}
}

func (s *Server) accept(listener net.Listener) {
	for failed := false; ; {
		conn, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil || failed {
			s.fault(err)
			failed = err != nil
		}
		if err != nil {
			select {
			case <-s.ctx.Done():
				return
			case <-time.After(acceptPause): // it passes: files of others are closed
				continue
			}
		}
		select {
		case s.free <- struct{}{}:
			s.running.Go(func() {
				defer func() { <-s.free }()
				s.serve(conn)
			})
		default:
			_ = s.write(conn, reply{Error: fmt.Sprintf("%d commands are connected already: try again when one has ended", maxConnections)})
			_ = conn.Close()
		}
	}
}

// serve answers one request after the other until the client leaves or sends nothing for a while.
func (s *Server) serve(conn net.Conn) {
	stop := context.AfterFunc(s.ctx, func() { _ = conn.Close() })
	defer stop()
	defer conn.Close() //nolint:errcheck // the client has left
	lines := bufio.NewScanner(conn)
	lines.Buffer(make([]byte, 0, 256), maxRequest)
	for conn.SetReadDeadline(time.Now().Add(s.idle)) == nil && lines.Scan() {
		if err := s.answer(conn, lines.Bytes()); err != nil {
			return
		}
	}
}

// answer answers one request; an error means that the client is gone.
func (s *Server) answer(conn net.Conn, line []byte) error {
	var q request
	if err := json.Unmarshal(line, &q); err != nil {
		return s.write(conn, reply{Error: fmt.Sprintf("want one JSON object a line: %v", err)})
	}
	if q.Version != Version {
		return s.write(conn, reply{Error: fmt.Sprintf("protocol version %d, want %d: run the same maskwarden as the daemon", q.Version, Version)})
	}
	switch q.Command {
	case StatusCommand:
		state, err := s.State().Encode()
		if err != nil {
			return s.write(conn, reply{Error: err.Error()})
		}
		return s.write(conn, reply{State: state})
	case SelfTestCommand:
		return s.selftest(conn)
	default:
		return s.write(conn, reply{Error: fmt.Sprintf("command %q, want %s or %s", q.Command, StatusCommand, SelfTestCommand)})
	}
}

// selftest streams a full self-test. It goes on when the client leaves before its end.
func (s *Server) selftest(conn net.Conn) error {
	s.Logger.Info("self-test requested", "socket", s.Path)
	if len(s.Checks) > 0 { // else there is nothing to begin with, and the error says why
		if err := s.write(conn, reply{Checks: s.Checks}); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithCancelCause(s.ctx)
	defer cancel(nil)
	outcome, err := s.SelfTest(ctx, func(r selftest.Result) {
		r = r.Bounded() // a reply has a limit
		if err := s.write(conn, reply{Check: &r}); err != nil {
			cancel(err)
		}
	})
	if err != nil {
		return s.write(conn, reply{Error: report.Lines(err.Error(), report.MaxLine)})
	}
	return s.write(conn, reply{Outcome: &outcome})
}

func (s *Server) write(conn net.Conn, r reply) error {
	r.Version = Version
	line, err := report.JSON(r)
	if err != nil { // a result that is not a number
		line, _ = json.Marshal(reply{Version: Version, Error: err.Error()})
	}
	if err := conn.SetWriteDeadline(time.Now().Add(s.patience)); err != nil {
		return err
	}
	_, err = conn.Write(append(line, '\n'))
	return err
}

// Close ends every connection and takes the socket away.
func (s *Server) Close() error {
	if s.listener == nil {
		return nil
	}
	s.cancel()
	s.running.Wait()
	if !s.there() { // it is another's, or gone
		return nil
	}
	return os.Remove(s.Path)
}

package control

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/selftest"
)

// ErrNoDaemon is wrapped when no daemon answers.
var ErrNoDaemon = errors.New("no daemon answers")

// Client talks to a running daemon. It is for one goroutine at a time.
type Client struct {
	conn     net.Conn
	lines    *bufio.Scanner
	patience time.Duration // the constant, unless a test has set it
}

// Dial connects to the first of the sockets at which a daemon answers; the error names all of them.
func Dial(ctx context.Context, paths ...string) (*Client, error) {
	errs := []error{}
	for _, path := range paths {
		conn, err := (&net.Dialer{Timeout: patience}).DialContext(ctx, "unix", path)
		if err == nil {
			return newClient(conn), nil
		}
		if errors.Is(err, fs.ErrPermission) {
			err = fmt.Errorf("%w: run this as root, or as the daemon's user", err)
		}
		errs = append(errs, err)
	}
	return nil, fmt.Errorf("%w: %w", ErrNoDaemon, errors.Join(errs...))
}

func newClient(conn net.Conn) *Client {
	c := &Client{conn: conn, lines: bufio.NewScanner(conn)}
	c.lines.Buffer(make([]byte, 0, 4096), maxReply)
	return c
}

// Close ends the connection.
func (c *Client) Close() error { return c.conn.Close() }

// State returns the daemon's state.
func (c *Client) State(ctx context.Context) (state report.State, err error) {
	stop := c.until(ctx)
	defer stop()
	if err := c.ask(ctx, StatusCommand); err != nil {
		return state, err
	}
	r, err := c.promptly(ctx)
	if err != nil {
		return state, err
	}
	if err := json.Unmarshal(r.State, &state); err != nil {
		return state, fmt.Errorf("the daemon's state: %w", err)
	}
	return state, nil
}

// SelfTest has the daemon run a full self-test, or waits for the one that runs and then for its own. It hands the names of
// the checks to begin and each result to each as it comes. It returns the daemon's outcome with all results.
func (c *Client) SelfTest(ctx context.Context, begin func(names []string), each func(selftest.Result)) (Outcome, []selftest.Result, error) {
	stop := c.until(ctx)
	defer stop()
	if err := c.ask(ctx, SelfTestCommand); err != nil {
		return Outcome{}, nil, err
	}
	r, err := c.promptly(ctx)
	var results []selftest.Result
	for ; ; r, err = c.receive(ctx) {
		switch {
		case err != nil:
			return Outcome{}, results, err
		case r.Check != nil:
			results = append(results, *r.Check)
			if each != nil {
				each(*r.Check)
			}
		case r.Outcome != nil:
			return *r.Outcome, results, nil
		case len(r.Checks) == 0:
			return Outcome{}, results, errors.New("the daemon: it answers with nothing")
		case begin != nil:
			begin(r.Checks)
		}
	}
}

// until breaks the connection when ctx ends; a result may take as long as its check.
func (c *Client) until(ctx context.Context) (stop func() bool) {
	return context.AfterFunc(ctx, func() { _ = c.conn.Close() })
}

// broken names an error of the connection, and the end of ctx where that is what closed it: in the middle of any call.
func broken(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	return errors.Join(ctx.Err(), fmt.Errorf("the daemon: %w", err))
}

// ask sends a command. A daemon that refused the connection has closed it already, and its reason waits to be read.
func (c *Client) ask(ctx context.Context, command string) error {
	line, err := json.Marshal(request{Version, command})
	if err != nil {
		return err
	}
	if err := c.conn.SetWriteDeadline(time.Now().Add(patience)); err != nil {
		return broken(ctx, err)
	}
	if _, err = c.conn.Write(append(line, '\n')); errors.Is(err, syscall.EPIPE) {
		return nil
	}
	return broken(ctx, err)
}

// promptly receives a first reply, which needs no work: a daemon that is stuck is not waited for.
func (c *Client) promptly(ctx context.Context) (reply, error) {
	limit := c.patience
	if limit == 0 {
		limit = patience
	}
	if err := c.conn.SetReadDeadline(time.Now().Add(limit)); err != nil {
		return reply{}, broken(ctx, err)
	}
	r, err := c.receive(ctx)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return r, fmt.Errorf("the daemon: it gave no answer in %v: it is stuck, or stopped", limit)
	}
	if err == nil {
		err = broken(ctx, c.conn.SetReadDeadline(time.Time{}))
	}
	return r, err
}

func (c *Client) receive(ctx context.Context) (reply, error) {
	var r reply
	if !c.lines.Scan() {
		err := c.lines.Err()
		if err == nil {
			err = errors.New("it closed the connection in the middle of the answer")
		}
		return r, broken(ctx, err)
	}
	if err := json.Unmarshal(c.lines.Bytes(), &r); err != nil {
		return r, fmt.Errorf("the daemon's answer: %w", err)
	}
	if r.Error != "" {
		return r, fmt.Errorf("the daemon: %s", r.Error)
	}
	if r.Version != Version {
		return r, fmt.Errorf("the daemon uses protocol version %d, want %d: run the same maskwarden as the daemon", r.Version, Version)
	}
	return r, nil
}

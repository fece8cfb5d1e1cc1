package network

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"net/url"
	"strconv"
	"sync"
	"time"
)

// Relay stands between the decoder and an RTSP camera: the decoder connects to it on this machine without encryption, it to the camera
// with TLS where the scheme is rtsps. Redirects end it. It serves one connection; who comes first without being the decoder
// gains nothing, since user and password come from the decoder.
type Relay struct {
	address  url.URL // for the decoder
	listener net.Listener
	camera   net.Conn
	cancel   func() bool
	done     chan struct{}

	mu      sync.Mutex
	decoder net.Conn
	err     error
	closed  bool
}

// NewRelay connects to the camera at u. Until Close, or the end of ctx, the decoder may connect to URL.
func NewRelay(ctx context.Context, u *url.URL, o Options) (*Relay, error) {
	camera, err := o.dial(ctx, u)
	if err != nil {
		return nil, err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listen for the decoder: %w", err), camera.Close())
	}
	r := &Relay{address: *u, listener: l, camera: camera, done: make(chan struct{})}
	r.address.Scheme, r.address.Host = "rtsp", l.Addr().String()
	if t, ok := l.(*net.TCPListener); ok {
		if err := t.SetDeadline(time.Now().Add(o.OpenTimeout)); err != nil {
			return nil, errors.Join(err, l.Close(), camera.Close())
		}
	}
	r.cancel = context.AfterFunc(ctx, func() { r.end(nil) })
	go r.run()
	return r, nil
}

// URL is what the decoder opens. It holds the camera's user and password.
func (r *Relay) URL() string { return r.address.String() }

// Err says why the relay ended, where neither of the two sides just left.
func (r *Relay) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// Close ends the relay.
func (r *Relay) Close() {
	r.cancel()
	r.end(nil)
	<-r.done
}

// end closes everything, once.
func (r *Relay) end(why error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	r.closed, r.err = true, why
	for _, c := range []io.Closer{r.listener, r.camera, r.decoder} {
		if c != nil {
			_ = c.Close() // what is left of it does not matter
		}
	}
}

func (r *Relay) run() {
	defer close(r.done)
	conn, err := r.listener.Accept()
	if err != nil { // where it was not closed, and ended so
		r.end(errors.New("the decoder did not start in time: is the machine too busy?"))
		return
	}
	r.mu.Lock()
	r.decoder = conn
	closed := r.closed
	r.mu.Unlock()
	if closed {
		_ = conn.Close() // it came too late
		return
	}
	_ = r.listener.Close() // nobody else is served
	var requests sync.WaitGroup
	requests.Go(func() {
		_, _ = io.Copy(r.camera, conn) // an end is noticed by the other direction, too
		r.end(nil)
	})
	r.end(answers(conn, r.camera))
	requests.Wait()
}

// maxMessage is how long an RTSP message may be, in bytes.
const maxMessage = 1 << 20

// answers passes on what the camera sends, message by message until pictures begin to come, to see that it does not redirect.
func answers(to io.Writer, camera io.Reader) error {
	in := bufio.NewReaderSize(camera, 64<<10)
	for {
		first, err := in.Peek(1)
		if err != nil {
			return nil //nolint:nilerr // the camera left
		}
		if first[0] == '$' { // RFC 2326, 10.12: binary data between messages
			_, _ = in.WriteTo(to) // the end says all
			return nil
		}
		message, err := read(in)
		if err != nil {
			return err
		}
		if _, err := to.Write(message); err != nil {
			return nil //nolint:nilerr // the decoder left
		}
	}
}

// read returns the next RTSP message (RFC 2326, 4), or why it is not passed on.
func read(in *bufio.Reader) ([]byte, error) {
	var message bytes.Buffer
	limited := bufio.NewReader(io.TeeReader(&io.LimitedReader{R: oneByOne{in}, N: maxMessage}, &message))
	text := textproto.NewReader(limited)
	line, err := text.ReadLine()
	if err != nil {
		return nil, errors.New("the camera's answer is cut short, or longer than 1 MB")
	}
	header, err := text.ReadMIMEHeader()
	if err != nil {
		return nil, errors.New("the camera's answer is not RTSP")
	}
	if len(line) > 9 && line[:5] == "RTSP/" && line[9] == '3' {
		to, err := url.Parse(header.Get("Location"))
		if err != nil || to.Host == "" {
			return nil, errors.New("the camera redirects, which is not followed")
		}
		return nil, fmt.Errorf("the camera redirects to %s, which is not followed: if that is meant, make it the source", place(to))
	}
	length, err := strconv.Atoi(header.Get("Content-Length"))
	if err != nil {
		length = 0
	}
	if length < 0 || length > maxMessage {
		return nil, errors.New("the camera's answer is longer than 1 MB")
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(limited, body); err != nil {
		return nil, errors.New("the camera's answer is cut short, or longer than 1 MB")
	}
	return message.Bytes(), nil
}

// oneByOne lets a buffered reader take no more than it hands out, so that what follows stays where it is.
type oneByOne struct{ in *bufio.Reader }

func (o oneByOne) Read(p []byte) (int, error) {
	if len(p) > 1 {
		p = p[:1]
	}
	return o.in.Read(p)
}

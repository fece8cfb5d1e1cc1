// Package network connects to cameras: it checks their certificates, follows no camera to another host, and hands what they send to
// the decoder. So the decoder's process needs no network of its own.
package network

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"time"
)

// Options are how a camera is connected to.
type Options struct {
	CAFile      string // PEM certificates of the authorities that the camera's certificate may come from; "" = the system's
	InsecureTLS bool   // take any certificate
	OpenTimeout time.Duration
}

// port is the one of a URL, or its scheme's usual one.
func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	return map[string]string{"rtsp": "554", "rtsps": "322", "http": "80", "https": "443"}[u.Scheme]
}

// place is what of an address may be shown.
func place(u *url.URL) string { return u.Scheme + "://" + net.JoinHostPort(u.Hostname(), port(u)) }

// dial connects to a URL's host, encrypted where its scheme says so.
func (o Options) dial(ctx context.Context, u *url.URL) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, o.OpenTimeout)
	defer cancel()
	var d net.Dialer
	address := net.JoinHostPort(u.Hostname(), port(u))
	if u.Scheme != "rtsps" {
		conn, err := d.DialContext(ctx, "tcp", address)
		return conn, explain(err)
	}
	config, err := o.tls()
	if err != nil {
		return nil, err
	}
	t := tls.Dialer{NetDialer: &d, Config: config}
	conn, err := t.DialContext(ctx, "tcp", address)
	return conn, explain(err)
}

// explain says why a connection failed, and what to do about it. Nothing of the address but host and port is in it.
func explain(err error) error {
	if err == nil {
		return nil
	}
	if outer, ok := errors.AsType[*url.Error](err); ok { // it names the whole address, with the password that may be in it
		err = outer.Err
	}
	if why := untrusted(err); why != nil {
		return why
	}
	var op *net.OpError
	var lookup *net.DNSError
	var slow net.Error
	text := err.Error() // net/http has no types for these
	switch {
	case errors.As(err, &op) && op.Op == "dial", errors.As(err, &lookup):
		return fmt.Errorf("cannot connect: %w", err)
	case errors.As(err, &slow) && slow.Timeout():
		return errors.New("the camera does not answer in time")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the camera closed the connection without an answer")
	case strings.Contains(text, "headers exceeded"):
		return fmt.Errorf("the camera's answer has a header of more than %d kB", maxHeader>>10)
	case strings.Contains(text, "HTTP response to HTTPS client"):
		return errNoTLS
	case strings.Contains(text, "malformed"):
		return errors.New("the camera's answer is not HTTP: check port and scheme")
	}
	return err
}

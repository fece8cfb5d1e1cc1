package network

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
)

const (
	maxHeader    = 64 << 10 // bytes of an answer's header
	maxRedirects = 5
)

// HTTP asks one camera for pictures, over http or https.
type HTTP struct {
	address   string
	client    http.Client
	transport *http.Transport
}

// NewHTTP returns a client for an address, whose user and password are used as the camera asks: Basic or Digest.
func NewHTTP(u *url.URL, o Options) (*HTTP, error) {
	bare := *u
	bare.User, bare.Fragment = nil, ""
	h := &HTTP{address: bare.String(), transport: &http.Transport{
		Proxy:                  nil, // cameras are near: a proxy for the web is not for them
		DialContext:            (&net.Dialer{Timeout: o.OpenTimeout}).DialContext,
		TLSHandshakeTimeout:    o.OpenTimeout,
		ResponseHeaderTimeout:  o.OpenTimeout,
		MaxResponseHeaderBytes: maxHeader,
		DisableCompression:     true, // pictures are compressed, and what is not may be a bomb
		MaxConnsPerHost:        2,
	}}
	if u.Scheme == "https" {
		config, err := o.tls()
		if err != nil {
			return nil, err
		}
		h.transport.TLSClientConfig = config
	}
	h.client = http.Client{Transport: authorize(h.transport, u.User), CheckRedirect: sameHost}
	return h, nil
}

// sameHost refuses to be sent elsewhere: a camera must not choose what the unit fetches from its network.
func sameHost(next *http.Request, before []*http.Request) error {
	from, to := before[len(before)-1].URL, next.URL
	switch {
	case len(before) > maxRedirects:
		return fmt.Errorf("more than %d redirects", maxRedirects)
	case !strings.EqualFold(from.Hostname(), to.Hostname()),
		from.Scheme == to.Scheme && port(from) != port(to),
		from.Scheme != to.Scheme && (from.Scheme != "http" || to.Scheme != "https"):
		return fmt.Errorf("the camera redirects to %s, which is not followed: if that is meant, make it the source", place(to))
	}
	return nil
}

// Answer is what a camera sends.
type Answer struct {
	Body io.ReadCloser
	Type string // its media type as the camera names it, in lower case; "" = it does not
}

// Get asks for pictures. The answer's body is the caller's to close; ctx ends it, too.
func (h *HTTP) Get(ctx context.Context) (*Answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, h.address, nil)
	if err != nil {
		return nil, explain(err)
	}
	req.Header.Set("User-Agent", "maskwarden")
	res, err := h.client.Do(req)
	if err != nil {
		return nil, explain(err)
	}
	if res.StatusCode != http.StatusOK {
		return nil, errors.Join(refused(res.StatusCode), res.Body.Close())
	}
	if coding := res.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return nil, errors.Join(errors.New("the camera compresses its answer, which nobody asked for: make it send pictures as they are"), res.Body.Close())
	}
	kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")) // what cannot be read is none
	return &Answer{Body: res.Body, Type: kind}, nil
}

// refused says what a status means.
func refused(status int) error {
	what := fmt.Sprintf("the camera answers %d %s", status, http.StatusText(status))
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return errors.New(what + ": check username and password_file")
	case http.StatusNotFound, http.StatusGone:
		return errors.New(what + ": check the path")
	}
	return errors.New(what)
}

// Close gives up connections that wait for another request.
func (h *HTTP) Close() { h.transport.CloseIdleConnections() }

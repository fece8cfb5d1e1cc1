package capture

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/maskwarden/maskwarden/capture/decode"
)

const (
	minOpenTimeout = 10 * time.Second // an RTSP camera may take seconds to answer and to send its first key frame
	dialTimeout    = 3 * time.Second
)

// openTimeout is how long a live source may take to open.
func openTimeout(stall time.Duration) time.Duration { return max(stall, minOpenTimeout) }

func (c *Camera) networkInput() (opener, error) {
	u, err := url.Parse(c.URI)
	if err != nil { // the error itself would hold the password
		return nil, errors.New("malformed: in a user name or password write % / ? # @ : as %25 %2F %3F %23 %40 %3A")
	}
	if u.Hostname() == "" {
		return nil, fmt.Errorf("no host: want %s://host/path", u.Scheme)
	}
	options := decode.URLOptions{
		OpenTimeout: openTimeout(c.StallTimeout), ReadTimeout: c.StallTimeout,
		Protocols: map[string]string{"rtsp": "rtsp,rtp,udp,tcp", "rtsps": "rtsp,rtsps,rtp,tls,tcp", "http": "http,tcp", "https": "https,tls,tcp"}[u.Scheme],
	}
	return func(ctx context.Context) (Source, float64, error) {
		s, err := decode.OpenURL(ctx, c.URI, options)
		if err != nil {
			return nil, 0, diagnose(ctx, u, err)
		}
		return &video{stream: s, live: true}, s.FPS, nil
	}, nil
}

// diagnose finds out why the decoder could not open u; FFmpeg's own reasons are short.
func diagnose(ctx context.Context, u *url.URL, why error) error {
	port := u.Port()
	if port == "" {
		port = map[string]string{"rtsp": "554", "rtsps": "322", "http": "80", "https": "443"}[u.Scheme]
	}
	d := net.Dialer{Timeout: dialTimeout}
	conn, err := d.DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return fmt.Errorf("cannot connect: %w", err)
	}
	if err := conn.Close(); err != nil {
		return fmt.Errorf("cannot connect: %w", err)
	}
	return fmt.Errorf("the server can be reached, but gives no video (%w): check path, user and password", why)
}

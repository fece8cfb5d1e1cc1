package capture

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/maskwarden/maskwarden/capture/decode"
	"github.com/maskwarden/maskwarden/capture/network"
)

const minOpenTimeout = 10 * time.Second // an RTSP camera may take seconds to answer and to send its first key frame

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
	n := &networked{
		url:    u,
		access: network.Options{CAFile: c.CAFile, InsecureTLS: c.InsecureTLS, OpenTimeout: openTimeout(c.StallTimeout)},
		decode: decode.URLOptions{OpenTimeout: openTimeout(c.StallTimeout), ReadTimeout: c.StallTimeout, Protocols: "rtsp,rtp,udp,tcp"},
		fps:    c.FPS,
	}
	if u.Scheme == "http" || u.Scheme == "https" {
		return n.openHTTP, nil
	}
	return n.openRTSP, nil
}

// networked is a camera in the network.
type networked struct {
	url    *url.URL
	access network.Options
	decode decode.URLOptions
	fps    float64 // that single pictures are asked for with; 0 = the default
}

func (n *networked) openRTSP(ctx context.Context) (Source, float64, error) {
	relay, err := network.NewRelay(ctx, n.url, n.access)
	if err != nil {
		return nil, 0, err
	}
	s, err := decode.OpenURL(ctx, relay.URL(), n.decode)
	if err != nil {
		why := relay.Err()
		relay.Close()
		if why == nil {
			why = fmt.Errorf("the server can be reached, but gives no video (%w): check path, user and password", err)
		}
		return nil, 0, why
	}
	return &video{stream: s, live: true, line: relay}, s.FPS, nil
}

package config

import (
	"net"
	"net/netip"
	"strconv"

	"github.com/maskwarden/maskwarden/config/decode"
)

// HTTP is the server of the live page and the metrics.
type HTTP struct {
	Listen Listen `yaml:"listen"`
}

func (h *HTTP) setDefaults() { *h = HTTP{Listen: "127.0.0.1:8080"} }

// Listen is the address that a server listens on: an IP address or localhost, and a port; port 0 is any free one. "" is no server.
type Listen string

// UnmarshalText sets the address. An empty host is refused: to listen on every interface must be said.
func (l *Listen) UnmarshalText(b []byte) error {
	s := string(b)
	if s == "" {
		*l = ""
		return nil
	}
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return decode.WantError(l, s)
	}
	if _, err := netip.ParseAddr(host); err != nil && host != "localhost" {
		return decode.WantError(l, s)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return decode.WantError(l, s)
	}
	*l = Listen(s)
	return nil
}

// Want says what a value looks like.
func (*Listen) Want() string {
	return "an IP address and a port such as 127.0.0.1:8080, or 0.0.0.0:8080 for every interface"
}

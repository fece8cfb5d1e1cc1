package config

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/maskwarden/maskwarden/config/decode"
	"github.com/maskwarden/maskwarden/textfile"
)

// HTTP is the server of the live page and the metrics.
type HTTP struct {
	Listen    Listen    `yaml:"listen"`
	Hosts     []Host    `yaml:"hosts"`      // names under which browsers may ask for the page
	TokenFile TokenFile `yaml:"token_file"` // "": none; then only probes are answered beyond this machine
}

func (h *HTTP) setDefaults() { *h = HTTP{Listen: "127.0.0.1:8080", Hosts: []Host{}} }

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

// Host is a name of this machine in the network, without a port.
type Host string

// UnmarshalText sets the name.
func (h *Host) UnmarshalText(b []byte) error {
	s := string(b)
	if s == "" || len(s) > 253 || strings.ContainsFunc(s, func(r rune) bool {
		return r != '-' && r != '.' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}) {
		return decode.WantError(h, s)
	}
	*h = Host(s)
	return nil
}

// Want says what a value looks like.
func (*Host) Want() string { return "a host name such as camera.example, without a port" }

// MinToken is how short a token may be, in characters: at one guess a second nobody finds it.
const MinToken = 16

// TokenFile is the path of a file that holds a token, readable for its owner only, or "".
type TokenFile string

// Read returns the token, or "" if there is no file. Errors never hold it.
func (t TokenFile) Read() (string, error) {
	const key = "http.token_file"
	if t == "" {
		return "", nil
	}
	token, err := textfile.Secret(key, string(t))
	if err != nil {
		return "", err
	}
	if len(token) < MinToken || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", fmt.Errorf("%s %s holds %d bytes, want %d or more, without spaces: openssl rand -hex 16 > %s", key, t, len(token), MinToken, t)
	}
	return token, nil
}

package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"

	"github.com/maskwarden/maskwarden/config/decode"
)

// Broker is the address of an MQTT broker, with its port and without user or password; "" is none. tcp and ssl, as other
// programs call them, are taken for mqtt and mqtts.
type Broker string

// TLS reports whether the connection is encrypted.
func (b Broker) TLS() bool {
	u, err := url.Parse(string(b))
	return err == nil && (u.Scheme == "mqtts" || u.Scheme == "ssl" || u.Scheme == "wss")
}

// UnmarshalText sets the broker; a port that is not given is the scheme's usual one.
func (b *Broker) UnmarshalText(text []byte) error {
	s := string(text)
	if s == "" {
		*b = ""
		return nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" {
		return decode.WantError(b, redact(s))
	}
	if u.User != nil {
		return errors.New("want no user or password in the address: set username and password_file next to it (got both or one in it)")
	}
	port := map[string]string{"mqtt": "1883", "tcp": "1883", "mqtts": "8883", "ssl": "8883", "ws": "80", "wss": "443"}[u.Scheme]
	if port == "" {
		names := []string{"mqtt", "mqtts", "ws", "wss"}
		return fmt.Errorf("want an address that begins with %s (got %s://)%s", decode.Either(names), u.Scheme, decode.DidYouMean(u.Scheme, names))
	}
	if u.Port() == "" {
		u.Host = net.JoinHostPort(u.Hostname(), port)
	}
	*b = Broker(u.String())
	return nil
}

// Want says what a value looks like.
func (*Broker) Want() string {
	return "a broker's address such as mqtt://192.168.1.10:1883 or mqtts://broker.example"
}

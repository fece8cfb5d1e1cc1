package mqtt

import (
	"errors"
	"fmt"
	"net"
	"net/url"
)

// parseBroker returns the address with its port. Errors never hold a password.
func parseBroker(address string) (*url.URL, error) {
	if address == "" {
		return nil, errors.New("broker: want an address such as mqtt://192.168.1.10:1883, got nothing")
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("broker: want an address such as mqtt://192.168.1.10:1883, got none") // err quotes it
	}
	if u.User != nil {
		return nil, errors.New("broker: want no user or password in the address; set username and password_file")
	}
	port := map[string]string{"tcp": "1883", "mqtt": "1883", "ssl": "8883", "mqtts": "8883", "ws": "80", "wss": "443"}[u.Scheme]
	if port == "" || u.Hostname() == "" {
		return nil, fmt.Errorf("broker %q: want mqtt, mqtts, tcp, ssl, ws or wss, ://, a host and a port", address)
	}
	if u.Port() == "" {
		u.Host = net.JoinHostPort(u.Hostname(), port)
	}
	return u, nil
}

func encrypted(u *url.URL) bool { return u.Scheme == "ssl" || u.Scheme == "mqtts" || u.Scheme == "wss" }

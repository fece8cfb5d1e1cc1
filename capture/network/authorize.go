package network

import (
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/icholy/digest"
)

// maxRefusal is how much of the page behind a 401 is read, in bytes.
const maxRefusal = 64 << 10

// authorize answers a camera's challenge, Digest before Basic, with the user's name and password. Neither is sent unasked.
func authorize(plain http.RoundTripper, user *url.Userinfo) http.RoundTripper {
	if user == nil {
		return plain
	}
	a := &authorizer{plain: bounded{plain}, name: user.Username()}
	a.password, _ = user.Password() // "" = none
	a.digest = &digest.Transport{Username: a.name, Password: a.password, Transport: a.plain}
	return a
}

type authorizer struct {
	plain          http.RoundTripper
	name, password string
	digest         *digest.Transport
	basic          bool // the camera asked for it
}

// RoundTrip implements http.RoundTripper, for one request at a time.
func (a *authorizer) RoundTrip(req *http.Request) (*http.Response, error) {
	if !a.basic {
		res, err := a.digest.RoundTrip(req)
		if err != nil || res.StatusCode != http.StatusUnauthorized || !asksBasic(res.Header) {
			return res, err
		}
		if err := res.Body.Close(); err != nil {
			return nil, err
		}
		a.basic = true
	}
	req = req.Clone(req.Context())
	req.SetBasicAuth(a.name, a.password)
	return a.plain.RoundTrip(req)
}

func asksBasic(h http.Header) bool {
	for _, challenge := range h.Values("WWW-Authenticate") {
		if scheme, _, _ := strings.Cut(strings.TrimSpace(challenge), " "); strings.EqualFold(scheme, "Basic") {
			return true
		}
	}
	return false
}

// bounded ends the page behind a refusal, which is read to its end before the next try.
type bounded struct{ http.RoundTripper }

func (b bounded) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := b.RoundTripper.RoundTrip(req)
	if err == nil && res.StatusCode == http.StatusUnauthorized {
		res.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(res.Body, maxRefusal), res.Body}
	}
	return res, err
}

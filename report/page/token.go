package page

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"math"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

const (
	wrongAtOnce = 10          // wrong tokens from one address, and then
	wrongEvery  = time.Second // one in so long
	maxWrong    = 1024        // addresses whose wrong tokens are counted each for itself
	logPause    = time.Minute // between two lines about wrong tokens
)

// Warning says what is wrong with an address to listen on, with a token or without, or nothing.
func Warning(listen string, token bool) string {
	host, _, err := net.SplitHostPort(listen)
	if err != nil || token || isLoopback(host) {
		return ""
	}
	return fmt.Sprintf("http.listen %s can be reached from other machines, and http.token_file names no token: all but /livez and /readyz is refused", listen)
}

// token asks for Token: everywhere where there is one, and beyond loopback in any case. Probes are answered to everybody, but only
// with ok or failed.
func (s *Server) token(loopback bool, next http.Handler) http.Handler {
	open := s.Token == "" && loopback
	probes := map[string][]Check{livezPath: s.Live, readyzPath: s.Ready}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if open {
			next.ServeHTTP(w, r)
			return
		}
		code, text, wait := s.refusal(r, time.Now())
		checks, probe := probes[r.URL.Path]
		switch {
		case code == 0:
			next.ServeHTTP(w, r)
			return
		case probe:
			_ = s.State() // which a stuck daemon cannot give
			answer(w, checks, nil)
			return
		case code == http.StatusUnauthorized:
			w.Header().Set("WWW-Authenticate", `Basic realm="maskwarden", charset="UTF-8"`)
		case wait > 0:
			w.Header().Set("Retry-After", fmt.Sprint(math.Ceil(wait.Seconds())))
		}
		http.Error(w, text, code)
	})
}

// refusal says why a request is refused, with code 0 if it is not.
func (s *Server) refusal(r *http.Request, now time.Time) (code int, text string, wait time.Duration) {
	if s.Token == "" {
		return http.StatusForbidden, "from other machines this needs a token: set http.token_file in the daemon's configuration", 0
	}
	token, ok := given(r)
	if !ok {
		return http.StatusUnauthorized, "this needs the token of http.token_file: as a password with any user name, or as Authorization: Bearer TOKEN", 0
	}
	have, want := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(s.Token)) // of one length
	right := subtle.ConstantTimeCompare(have[:], want[:]) == 1
	wait, wrong := s.guesses.judge(peerOf(r.RemoteAddr), right, now)
	if wrong > 0 {
		s.Logger.Warn("wrong tokens were given for the page", "http.listen", s.Listen, "attempts", wrong, "peer", peerOf(r.RemoteAddr))
	}
	switch {
	case wait > 0:
		return http.StatusTooManyRequests, "too many wrong tokens came from this address: wait", wait
	case !right:
		return http.StatusUnauthorized, "the token is not that of http.token_file", 0
	default:
		return 0, "", 0
	}
}

// given is the token that a request carries: as the password of browsers, with any user name, or as programs give it (RFC 6750).
func given(r *http.Request) (token string, ok bool) {
	if _, password, ok := r.BasicAuth(); ok {
		return password, true
	}
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.TrimSpace(token), ok && strings.EqualFold(scheme, "Bearer")
}

// guesses bounds how many wrong tokens one address may try.
type guesses struct {
	mu    sync.Mutex
	used  map[string]time.Time // when the wrong tokens of an address, or of an IPv6 network, are all forgotten
	wrong int                  // since the last line in the log
	said  time.Time            // when that was
}

// judge returns how long an address has to wait before a token of its is looked at, a right one too; and how many wrong ones
// there were if it is time to log them.
func (g *guesses) judge(peer string, right bool, now time.Time) (wait time.Duration, wrong int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	peer = g.place(network(peer), now)
	used := g.used[peer]
	if used.Before(now) {
		used = now
	}
	wait = max(0, used.Sub(now)-(wrongAtOnce-1)*wrongEvery)
	if wait == 0 && right {
		return 0, 0
	}
	if wait == 0 {
		g.used[peer] = used.Add(wrongEvery)
	}
	if g.wrong++; now.Sub(g.said) < logPause {
		return wait, 0
	}
	wrong, g.wrong, g.said = g.wrong, 0, now
	return wait, wrong
}

// place is under what name an address is counted: when too many are, those that are new share one.
func (g *guesses) place(peer string, now time.Time) string {
	if g.used == nil {
		g.used = map[string]time.Time{}
	}
	if _, known := g.used[peer]; known || len(g.used) < maxWrong {
		return peer
	}
	for p, until := range g.used {
		if until.Before(now) {
			delete(g.used, p)
		}
	}
	if len(g.used) < maxWrong {
		return peer
	}
	return ""
}

// network is an address, or of IPv6 the 64 bits that one customer has all of.
func network(peer string) string {
	address, _, _ := strings.Cut(peer, "%")
	ip := net.ParseIP(address)
	if ip == nil || ip.To4() != nil {
		return peer
	}
	return ip.Mask(net.CIDRMask(64, 128)).String()
}

package page

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
)

// isLoopback reports whether a host, a name or an IP address, can be reached from this machine only.
func isLoopback(host string) bool {
	host = strings.Trim(host, "[]")
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// guard refuses what a page elsewhere can make a browser ask for, and sets the headers that bind browsers.
// CrossOriginProtection does not check the Host header, so allowed does that.
func (s *Server) guard(loopback bool, next http.Handler) http.Handler {
	next = http.NewCrossOriginProtection().Handler(s.token(loopback, next))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.begin() {
			http.Error(w, "shutting down", http.StatusServiceUnavailable)
			return
		}
		defer s.running.Done()
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store") // pictures of people stay out of the disk's cache
		if r.Method != http.MethodGet && (r.Method != http.MethodPost || r.URL.Path != selftestPath) {
			h.Set("Allow", http.MethodGet)
			http.Error(w, fmt.Sprintf("method %s: want GET", r.Method), http.StatusMethodNotAllowed)
			return
		}
		if !s.allowed(r.Host, loopback) {
			http.Error(w, fmt.Sprintf("host %q: this server answers to %s", r.Host, s.names()), http.StatusForbidden)
			return
		}
		// Streams move the deadline on as they write.
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeTimeout))
		next.ServeHTTP(w, r)
	})
}

// allowed reports whether the server answers to a Host header. A page elsewhere can give its own name the address 127.0.0.1 and
// then read from this server as from itself (DNS rebinding); its name in the header gives it away. So names
// are answered only that Hosts has, or that are the machine's own; elsewhere than on loopback also addresses, which nobody can rebind.
func (s *Server) allowed(host string, loopback bool) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if slices.ContainsFunc(s.Hosts, func(h string) bool { return strings.EqualFold(h, host) }) {
		return true
	}
	return isLoopback(host) || !loopback && net.ParseIP(strings.Trim(host, "[]")) != nil
}

// begin counts a request in, unless the server is closing.
func (s *Server) begin() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return false
	}
	s.running.Add(1)
	return true
}

func (s *Server) names() string {
	return strings.Join(append([]string{"localhost"}, s.Hosts...), ", ")
}

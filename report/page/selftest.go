package page

import "net/http"

const (
	selftestPath = "/selftest"
	askHeader    = "X-Maskwarden-Ask"
	askValue     = "selftest"
)

// fromHere tells whether a request that changes something comes from the live page or from no browser at all. A page
// elsewhere cannot send the header: the browser would ask first, with OPTIONS, and that is refused. Nor can it name this
// server as its origin.
func fromHere(r *http.Request) bool {
	origin, site := r.Header.Get("Origin"), r.Header.Get("Sec-Fetch-Site")
	return r.Header.Get(askHeader) == askValue && (origin == "" || origin == "http://"+r.Host) && (site == "" || site == "same-origin")
}

// selftest asks for a full self-test; how it went is in the state.
func (s *Server) selftest(w http.ResponseWriter, r *http.Request) {
	switch {
	case s.SelfTest == nil:
		http.NotFound(w, r)
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "method "+r.Method+": want POST", http.StatusMethodNotAllowed)
	default:
		s.Logger.Info("a self-test was asked for", "client", r.RemoteAddr)
		s.SelfTest()
		w.WriteHeader(http.StatusAccepted)
	}
}

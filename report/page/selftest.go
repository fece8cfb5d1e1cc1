package page

import "net/http"

const selftestPath = "/selftest"

// selftest starts a full self-test; its outcome is in the state.
func (s *Server) selftest(w http.ResponseWriter, r *http.Request) {
	switch {
	case s.SelfTest == nil:
		http.NotFound(w, r)
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "method "+r.Method+": want POST", http.StatusMethodNotAllowed)
	default:
		s.Logger.Info("self-test requested", "client", r.RemoteAddr)
		s.SelfTest()
		w.WriteHeader(http.StatusAccepted)
	}
}

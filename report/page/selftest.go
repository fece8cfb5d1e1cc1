package page

import "net/http"

const selftestPath = "/selftest"

// selftest starts a full self-test; its outcome is in the state. Who may is who may use the control socket, or knows the token.
func (s *Server) selftest(w http.ResponseWriter, r *http.Request) {
	switch {
	case s.SelfTest == nil:
		http.NotFound(w, r)
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "method "+r.Method+": want POST", http.StatusMethodNotAllowed)
	case s.Token == "":
		http.Error(w, "from here a self-test needs a token, since every user of this machine can ask: run `maskwarden selftest`, or set http.token_file",
			http.StatusForbidden)
	default:
		s.Logger.Info("self-test requested", "client", r.RemoteAddr)
		s.SelfTest()
		w.WriteHeader(http.StatusAccepted)
	}
}

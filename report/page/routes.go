package page

import (
	"embed"
	"io/fs"
	"net/http"
	"time"
)

//go:embed static
var static embed.FS

// writeTimeout is for one answer, or one part of a stream: a client that takes longer is dropped.
const writeTimeout = 10 * time.Second

func (s *Server) routes() http.Handler {
	files, err := fs.Sub(static, "static")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServerFS(files))
	mux.HandleFunc("/camera/{file}", s.camera)
	mux.HandleFunc("/events", s.events)
	mux.HandleFunc("/state", s.state)
	mux.HandleFunc(livezPath, s.livez)
	mux.HandleFunc(readyzPath, s.readyz)
	mux.HandleFunc(selftestPath, s.selftest)
	if s.Metrics != nil {
		mux.Handle("/metrics", s.Metrics)
	}
	return mux
}

// take reserves a stream; on false the client got an answer that there are too many.
func (s *Server) take(w http.ResponseWriter, r *http.Request) bool {
	if !s.streams.take(peerOf(r.RemoteAddr)) {
		w.Header().Set("Retry-After", "5")
		http.Error(w, "too many open streams: close another page", http.StatusServiceUnavailable)
		return false
	}
	return true
}

func (s *Server) release(r *http.Request) { s.streams.release(peerOf(r.RemoteAddr)) }

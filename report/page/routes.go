package page

import (
	"embed"
	"io/fs"
	"net/http"
	"sync/atomic"
	"time"
)

//go:embed static
var static embed.FS

const (
	writeTimeout = 10 * time.Second // for one answer, or one part of a stream: a client that takes longer is dropped
	maxStreams   = 64               // open pictures and event streams together
)

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
	mux.HandleFunc("/livez", s.livez)
	mux.HandleFunc("/readyz", s.readyz)
	mux.HandleFunc(selftestPath, s.selftest)
	if s.Metrics != nil {
		mux.Handle("/metrics", s.Metrics)
	}
	return mux
}

// limit bounds how many streams are open.
type limit struct{ free atomic.Int64 }

// take reserves a stream; on false the client got an answer that there are too many.
func (l *limit) take(w http.ResponseWriter) bool {
	if l.free.Add(-1) < 0 {
		l.free.Add(1)
		w.Header().Set("Retry-After", "5")
		http.Error(w, "too many open streams: close another page", http.StatusServiceUnavailable)
		return false
	}
	return true
}

func (l *limit) release() { l.free.Add(1) }

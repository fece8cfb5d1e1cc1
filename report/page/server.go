// Package page serves the live page, the daemon's health and its metrics over HTTP.
package page

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/maskwarden/maskwarden/report"
)

// DefaultListen is where the page is served by default: on this machine only.
const DefaultListen = "127.0.0.1:8080"

// Server is the HTTP server. Show and Event may be called from any goroutine, before Close and after; they never wait
// for a client.
type Server struct {
	Listen    string              // address and port; DefaultListen when empty
	Hosts     []string            // names in the Host header to answer to, beside IP addresses and localhost; see allowed
	Token     string              // asked of everybody; "": of nobody on loopback, and beyond it only probes are answered
	Device    string              // of the configuration
	Version   string              // of the daemon
	Model     string              // name@version:hash, as in events
	Metrics   http.Handler        // /metrics; 404 when nil
	State     func() report.State // asked once a second for every open page
	Connected func() bool         // whether the broker has accepted the connection; nil when there is none
	SelfTest  func()              // asks for a self-test, without waiting for it, for those who know the token; nil when there is none
	Live      []Check             // /livez: the pipeline moves
	Ready     []Check             // /readyz: frames are processed and decisions get out
	Logger    *slog.Logger        // slog.Default() when nil

	started   time.Time
	listener  net.Listener
	http      *http.Server
	done      chan struct{}  // closed by Close: every stream ends
	running   sync.WaitGroup // Serve, the encoder and every request
	encoder   encoder
	decisions decisions
	streams   peers
	guesses   guesses

	mu     sync.RWMutex
	views  map[string]*view
	closed bool
}

// Initialize listens and serves. Its error names the address and the configuration's key.
func (s *Server) Initialize() error {
	if s.Listen == "" {
		s.Listen = DefaultListen
	}
	if s.Logger == nil {
		s.Logger = slog.Default()
	}
	if _, _, err := net.SplitHostPort(s.Listen); err != nil {
		return fmt.Errorf("http.listen %q: %w: want an address and a port as in %s", s.Listen, err, DefaultListen)
	}
	listener, err := net.Listen("tcp", s.Listen)
	if err != nil {
		return fmt.Errorf("http.listen %q: %w", s.Listen, err)
	}
	loopback := isLoopback(peerOf(listener.Addr().String())) // not by its name, which may lead elsewhere
	if warning := Warning(s.Listen, s.Token != ""); warning != "" {
		s.Logger.Warn(warning)
	}
	s.started = time.Now()
	s.done = make(chan struct{})
	s.views = map[string]*view{}
	s.encoder.init()
	s.decisions.init()
	s.streams = peers{all: maxStreams, each: maxPeerStreams}
	s.listener = &bounded{Listener: listener, peers: peers{all: maxConnections, each: maxPeerConnections}}
	s.http = &http.Server{
		Handler:           s.guard(loopback, s.routes()),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second, // with the body, which no request needs
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(s.Logger.Handler(), slog.LevelDebug), // what clients do wrong
	}
	s.running.Go(s.serve)
	s.running.Go(func() { s.encoder.run(s.done) })
	return nil
}

func (s *Server) serve() {
	if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
		s.Logger.Error("the page is not served any more", "http.listen", s.Listen, "error", err)
	}
}

// Addr returns the address that the server listens on, with the real port when 0 was asked for.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Close ends every stream, waits for requests until ctx ends, cuts off what is left, and frees all pictures.
func (s *Server) Close(ctx context.Context) error {
	s.mu.Lock()
	if s.closed || s.done == nil {
		s.mu.Unlock()
		return nil
	}
	s.closed = true // from here on no Show hands anything to the encoder
	s.mu.Unlock()
	close(s.done)
	err := s.http.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) { // who reads nothing is cut off
		err = s.http.Close()
	}
	s.running.Wait()
	for _, v := range s.views {
		v.close()
	}
	return err
}

// Package capturetest has an HTTP camera for tests that can be made ill.
package capturetest

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gocv.io/x/gocv"
)

const width, height = 64, 48

// Source is an HTTP camera, whose pictures are of one gray each.
type Source struct {
	Period time.Duration // between pictures

	addr     string
	pictures [][]byte // good ones
	huge     []byte   // one of more pixels than are taken
	large    []byte
	black    []byte
	wg       sync.WaitGroup

	mu       sync.Mutex
	listener net.Listener
	ill      string // empty: it is well
	conns    map[net.Conn]bool
}

// Start starts one that is well, and gives a picture every period.
func Start(t testing.TB, period time.Duration) *Source {
	t.Helper()
	s := &Source{Period: period, addr: "127.0.0.1:0", conns: map[net.Conn]bool{}}
	encode := func(m gocv.Mat) []byte {
		defer m.Close()
		b, err := gocv.IMEncode(gocv.JPEGFileExt, m)
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		return slices.Clone(b.GetBytes())
	}
	for i := range 200 {
		s.pictures = append(s.pictures, encode(plain(20+i, width, height)))
	}
	s.huge = encode(gocv.NewMatWithSizeFromScalar(gocv.NewScalar(99, 0, 0, 0), 6000, 8000, gocv.MatTypeCV8UC1))
	s.large, s.black = encode(plain(50, 4*width, 3*height)), encode(plain(0, width, height))
	s.Listen(t)
	t.Cleanup(func() {
		s.Be("", true)
		s.Stop()
		s.wg.Wait()
	})
	return s
}

// Listen opens its address again after Stop.
func (s *Source) Listen(t testing.TB) {
	t.Helper()
	l, err := net.Listen("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	s.listener, s.addr = l, l.Addr().String()
	s.mu.Unlock()
	s.wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.conns[c] = true
			s.mu.Unlock()
			s.wg.Go(func() {
				s.serve(c)
				_ = c.Close()
				s.mu.Lock()
				delete(s.conns, c)
				s.mu.Unlock()
			})
		}
	})
}

// Stop closes the address and every connection.
func (s *Source) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.listener.Close()
	for c := range s.conns {
		_ = c.Close()
	}
}

// Be makes it ill, or with "" well again; cut: and breaks the connections that there are.
func (s *Source) Be(ill string, cut bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ill = ill
	for c := range s.conns {
		if cut {
			_ = c.Close()
		}
	}
}

func (s *Source) now() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ill
}

// URL is its address.
func (s *Source) URL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return "http://" + s.addr + "/"
}

// answers are what it says in place of a stream of pictures.
func answers() map[string]string {
	html := "<html><body><h1>Log in</h1></body></html>"
	list := "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:1/a.ts\n"
	head := func(status, kind string, n int) string {
		return fmt.Sprintf("HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n", status, kind, n)
	}
	return map[string]string{
		"404":           head("404 Not Found", "text/html", len(html)) + html,
		"401":           "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"cam\"\r\nContent-Length: 0\r\n\r\n",
		"500":           head("500 Internal Server Error", "text/html", len(html)) + html,
		"html":          head("200 OK", "text/html", len(html)) + html,
		"playlist":      head("200 OK", "application/vnd.apple.mpegurl", len(list)) + list,
		"redirect":      "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
		"nothing":       "",
		"no http":       "SSH-2.0-OpenSSH_9.2p1\r\n",
		"empty answer":  head("200 OK", "image/jpeg", 0),
		"broken header": "HTTP/1.1 200\r\n\x00\xff: \x00\r\n\r\n",
	}
}

// serve answers one connection.
func (s *Source) serve(c net.Conn) {
	if s.now() == "hangs" {
		_, _ = c.Read(make([]byte, 1<<16))
		_, _ = c.Read(make([]byte, 1)) // until it is closed
		return
	}
	if _, err := http.ReadRequest(bufio.NewReader(c)); err != nil {
		return
	}
	if text, ok := answers()[s.now()]; ok {
		_, _ = c.Write([]byte(text))
		return
	}
	kind := "multipart/x-mixed-replace; boundary=b"
	switch s.now() {
	case "endless header":
		for _, err := fmt.Fprint(c, "HTTP/1.1 200 OK\r\n"); err == nil && s.now() == "endless header"; {
			_, err = fmt.Fprintf(c, "X-Filler: %s\r\n", strings.Repeat("x", 1000))
		}
		return
	case "wrong type":
		kind = "text/plain"
	}
	_, err := fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Type: %s\r\n\r\n", kind)
	for i := 0; err == nil; i++ {
		err = s.part(c, i)
	}
}

// part sends the i-th picture, as it is now.
func (s *Source) part(c net.Conn, i int) error {
	picture, pause := s.pictures[i%len(s.pictures)], s.Period
	switch s.now() {
	case "silent":
		time.Sleep(s.Period)
		return nil
	case "half":
		picture = picture[:len(picture)/2]
	case "garbage":
		picture = []byte(strings.Repeat("garbage\x00\xff", 300))
	case "grows":
		picture = s.huge
	case "sizes":
		if i%2 == 0 {
			picture = s.large
		}
	case "frozen":
		picture = s.pictures[3]
	case "black":
		picture = s.black
	case "flood":
		pause = 0
	case "drip":
		for _, b := range picture {
			if _, err := c.Write([]byte{b}); err != nil || s.now() != "drip" {
				return err
			}
			time.Sleep(s.Period)
		}
		return nil
	}
	_, err := fmt.Fprintf(c, "--b\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n", len(picture), picture)
	time.Sleep(pause)
	return err
}

// plain is a picture of one gray.
func plain(value, w, h int) gocv.Mat {
	return gocv.NewMatWithSizeFromScalar(gocv.NewScalar(float64(value), float64(value), float64(value), 0), h, w, gocv.MatTypeCV8UC3)
}

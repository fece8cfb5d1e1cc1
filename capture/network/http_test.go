package network

import (
	"context"
	"crypto/md5" //nolint:gosec // Digest is made of it
	"crypto/x509"
	"encoding/hex"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// get asks a server, and returns what it sends or what is wrong.
func get(t *testing.T, uri string, o Options) string {
	t.Helper()
	o.OpenTimeout = time.Second
	h, err := NewHTTP(address(t, uri), o)
	if err != nil {
		return err.Error()
	}
	defer h.Close()
	a, err := h.Get(context.Background())
	if err != nil {
		return err.Error()
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil {
		return err.Error()
	}
	return a.Type + " " + string(text)
}

func picture(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "image/JPEG; quality=1")
	_, _ = io.WriteString(w, "picture")
}

const given = "image/jpeg picture"

// TestCertificates: what the system or ca_file does not vouch for is refused by name.
func TestCertificates(t *testing.T) {
	ca, stranger, today := newAuthority(t), newAuthority(t), day(time.Now())
	past, future := time.Now().Add(-48*time.Hour), time.Now().Add(48*time.Hour)
	for _, c := range []struct {
		name   string
		from   *authority
		change func(*x509.Certificate)
		o      Options
		want   string
	}{
		{"good", ca, nil, Options{CAFile: ca.file}, given},
		{
			"not by the system", ca, nil, Options{},
			"the camera's certificate comes from an authority that is not trusted: put that authority's certificate into cameras[].ca_file",
		},
		{
			"another authority", stranger, nil, Options{CAFile: ca.file},
			"the camera's certificate comes from an authority that is not trusted: put that authority's certificate into cameras[].ca_file",
		},
		{
			"expired", ca, func(c *x509.Certificate) { c.NotBefore, c.NotAfter = past.Add(-time.Hour), past }, Options{CAFile: ca.file},
			"the camera's certificate expired on " + day(past) + ", and it is " + today + " here: renew it, or set the unit's clock",
		},
		{
			"not yet valid", ca, func(c *x509.Certificate) { c.NotBefore, c.NotAfter = future, future.Add(time.Hour) }, Options{CAFile: ca.file},
			"the camera's certificate is not valid before " + day(future) + ", and it is " + today + " here: is the unit's clock right?",
		},
		{
			"another host", ca, func(c *x509.Certificate) { c.IPAddresses, c.DNSNames = nil, []string{"door.example"} }, Options{CAFile: ca.file},
			"the camera's certificate is for door.example, not for 127.0.0.1: use a name from it as source, or give the camera a new one",
		},
		{"not looked at", stranger, func(c *x509.Certificate) { c.NotAfter = past }, Options{InsecureTLS: true}, given},
		{"no file", ca, nil, Options{CAFile: "/nonexistent/ca.pem"}, "ca_file: open /nonexistent/ca.pem: no such file or directory"},
	} {
		s := httptest.NewUnstartedServer(http.HandlerFunc(picture))
		s.TLS, s.Config.ErrorLog = c.from.server(t, c.change), log.New(io.Discard, "", 0)
		s.StartTLS()
		if got := get(t, s.URL+"/secret?key=1", c.o); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
		s.Close()
	}
}

// TestPlainServer: what is no TLS is named.
func TestPlainServer(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(picture))
	defer s.Close()
	want := "the camera does not speak TLS on this port: check the port, or use http:// or rtsp://"
	if got := get(t, strings.Replace(s.URL, "http:", "https:", 1), Options{}); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestCompressed: what a camera compresses on its way is refused by name, and "identity" is no compression.
func TestCompressed(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Content-Encoding", strings.TrimPrefix(req.URL.Path, "/"))
		picture(w, req)
	}))
	defer s.Close()
	refused := "the camera compresses its answer, which nobody asked for: make it send pictures as they are"
	for coding, want := range map[string]string{"gzip": refused, "br": refused, "identity": given} {
		if got := get(t, s.URL+"/"+coding, Options{}); got != want {
			t.Errorf("%s: got %s, want %s", coding, got, want)
		}
	}
}

// TestRedirects: a camera sends the unit to no other host or port.
func TestRedirects(t *testing.T) {
	var asked atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer other.Close()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		switch req.URL.Path {
		case "/here":
			http.Redirect(w, req, "/picture", http.StatusFound)
		case "/picture":
			picture(w, req)
		case "/loop":
			http.Redirect(w, req, "/loop", http.StatusTemporaryRedirect)
		default:
			http.Redirect(w, req, strings.TrimPrefix(req.URL.Path, "/")+"?key=secret", http.StatusFound)
		}
	}))
	defer s.Close()
	elsewhere := func(place string) string {
		return "the camera redirects to " + place + ", which is not followed: if that is meant, make it the source"
	}
	for path, want := range map[string]string{
		"/here":                        given,
		"/loop":                        "more than 5 redirects",
		"/" + other.URL + "/path":      elsewhere(other.URL),
		"/http://localhost:1/path":     elsewhere("http://localhost:1"),
		"/http://169.254.169.254/meta": elsewhere("http://169.254.169.254:80"),
		"/file:///etc/passwd":          elsewhere("file://:"),
	} {
		if got := get(t, s.URL+path, Options{}); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
	if asked.Load() > 0 {
		t.Errorf("the other host was asked %d times", asked.Load())
	}
}

// TestPasswords: Basic and Digest are given when they are asked for, and never before.
func TestPasswords(t *testing.T) {
	hash := func(text string) string { sum := md5.Sum([]byte(text)); return hex.EncodeToString(sum[:]) } //nolint:gosec // Digest is made of it
	field := func(header, name string) string {
		_, rest, _ := strings.Cut(header, " "+name+"=")
		value, _, _ := strings.Cut(strings.TrimPrefix(rest, `"`), ",")
		return strings.TrimSuffix(value, `"`)
	}
	var unasked atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		got := req.Header.Get("Authorization")
		right := false
		switch req.URL.Path {
		case "/basic":
			name, password, _ := req.BasicAuth()
			right = name == "joe" && password == "secret"
			w.Header().Set("WWW-Authenticate", `Basic realm="cam"`)
		case "/digest":
			if strings.HasPrefix(got, "Basic") {
				unasked.Add(1)
			}
			response := hash(hash("joe:cam:secret") + ":n1:" + field(got, "nc") + ":" + field(got, "cnonce") + ":auth:" + hash("GET:/digest"))
			right = got != "" && field(got, "response") == response
			w.Header().Set("WWW-Authenticate", `Digest realm="cam", nonce="n1", qop="auth", algorithm=MD5`)
		default:
			if got != "" {
				unasked.Add(1)
			}
			right = true
		}
		if !right {
			w.WriteHeader(http.StatusUnauthorized)
			for req.Context().Err() == nil { // as long as somebody reads
				if _, err := w.Write(make([]byte, 4096)); err != nil {
					return
				}
			}
			return
		}
		w.Header().Del("WWW-Authenticate")
		picture(w, req)
	}))
	defer s.Close()
	refused := "the camera answers 401 Unauthorized: check username and password_file"
	for path, want := range map[string]string{
		"joe:secret@/basic": given, "joe:secret@/digest": given, "joe:secret@/open": given,
		"joe:wrong@/basic": refused, "joe:wrong@/digest": refused, "/basic": refused,
	} {
		user, file, ok := strings.Cut(path, "@")
		if !ok {
			user, file = "", path
		} else {
			user += "@"
		}
		if got := get(t, strings.Replace(s.URL, "://", "://"+user, 1)+file, Options{}); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
	if unasked.Load() > 0 {
		t.Errorf("a password was given unasked %d times", unasked.Load())
	}
}

// TestAnswers: what is no HTTP, or never ends, is named, and nothing of the address but host and port.
func TestAnswers(t *testing.T) {
	for text, want := range map[string]string{
		"":                             "the camera closed the connection without an answer",
		"hang":                         "the camera does not answer in time",
		"SSH-2.0-OpenSSH_9\r\n":        "the camera's answer is not HTTP: check port and scheme",
		"HTTP/1.1 200 OK\r\nX\x1b: \r": "the camera's answer is not HTTP: check port and scheme",
		"HTTP/1.1 200 OK\r\n" + strings.Repeat("X-Long: "+strings.Repeat("x", 1000)+"\r\n", 100): "the camera's answer has a header of more than 64 kB",
		"HTTP/1.1 404 \x1b[2J\r\nContent-Length: 0\r\n\r\n":                                      "the camera answers 404 Not Found: check the path",
		"HTTP/1.0 503 Busy\r\n\r\n":                                                              "the camera answers 503 Service Unavailable",
		"HTTP/1.0 200 OK\r\nContent-Type: image/jpeg\r\n\r\npicture":                             given,
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				_, _ = c.Read(make([]byte, 4096))
				if text == "hang" {
					_, _ = c.Read(make([]byte, 1))
				}
				_, _ = io.WriteString(c, text)
				_ = c.Close()
			}
		}()
		if got := get(t, "http://"+l.Addr().String()+"/secret?key=1", Options{}); got != want {
			t.Errorf("%.20q: got %s, want %s", text, got, want)
		}
		_ = l.Close()
	}
	if got, want := get(t, "http://127.0.0.1:1/secret", Options{}), "cannot connect: dial tcp 127.0.0.1:1: connect: connection refused"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := get(t, "http://no-such-camera.invalid/secret", Options{}); !strings.HasPrefix(got, "cannot connect: dial tcp: lookup no-such-camera.invalid") {
		t.Error(got)
	}
}

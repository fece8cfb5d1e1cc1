package network

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// scripted is a camera that answers each request with the next of some bytes, and keeps what it was asked.
type scripted struct {
	answers *bufio.Reader
	asked   []*http.Request
}

func (s *scripted) RoundTrip(r *http.Request) (*http.Response, error) {
	s.asked = append(s.asked, r)
	if len(s.asked) > 100 {
		return nil, io.ErrUnexpectedEOF
	}
	return http.ReadResponse(s.answers, r)
}

// FuzzAnswer reads any bytes as what an HTTP camera answers: the password is never sent unless Basic is asked for, nowhere
// else is asked, and the tries come to an end.
func FuzzAnswer(f *testing.F) {
	const refusal = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nWWW-Authenticate: "
	const picture = "HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: 2\r\n\r\nxx"
	for _, text := range []string{
		picture, refusal + "Basic realm=\"x\"\r\n\r\n" + picture,
		refusal + "Digest realm=\"x\", nonce=\"n\", qop=\"auth\", algorithm=MD5\r\n\r\n" + picture,
		refusal + "Digest realm=\"x\", nonce=\"n\", qop=\"auth-int\", algorithm=SHA-256\r\nWWW-Authenticate: basic\r\n\r\n" + picture,
		refusal + "Digest ,=\"\\\", realm\r\n\r\n" + refusal + "Digest\r\n\r\n",
		"HTTP/1.1 302 Found\r\nLocation: http://10.0.0.9/\r\nContent-Length: 0\r\n\r\n" + picture,
		"HTTP/1.1 302 Found\r\nLocation: //camera:81/\r\nContent-Length: 0\r\n\r\n" + picture,
		"HTTP/1.1 302 Found\r\nLocation: /x?y\r\nContent-Length: 0\r\n\r\n" + picture,
		"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=\"\xff\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
	} {
		f.Add([]byte(text))
	}
	const password = "correct-horse"
	encoded := func(r *http.Request) bool {
		_, given, ok := r.BasicAuth()
		return ok && given == password
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		s := &scripted{answers: bufio.NewReader(bytes.NewReader(sent))}
		h := &HTTP{address: "http://camera/live", transport: &http.Transport{}}
		h.client = http.Client{Transport: authorize(s, url.UserPassword("admin", password)), CheckRedirect: sameHost}
		answer, err := h.Get(t.Context())
		if (answer == nil) == (err == nil) {
			t.Fatalf("%q: %+v, %v", sent, answer, err)
		}
		if err == nil {
			_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<20))
			_ = answer.Body.Close()
		} else if strings.Contains(err.Error(), password) {
			t.Fatalf("%q: the error holds the password: %v", sent, err)
		}
		for _, r := range s.asked {
			if encoded(r) && !bytes.Contains(bytes.ToLower(sent), []byte("basic")) || strings.Contains(r.Header.Get("Authorization"), password) {
				t.Fatalf("%q gets the password: %q", sent, r.Header)
			}
			if r.URL.Scheme == "http" && r.URL.Host != "camera" && r.URL.Host != "camera:80" && !strings.EqualFold(r.URL.Hostname(), "camera") {
				t.Fatalf("%q makes the unit ask %s", sent, r.URL)
			}
		}
		if len(s.asked) > 4*(maxRedirects+1) {
			t.Fatalf("%q: %d requests", sent, len(s.asked))
		}
	})
}

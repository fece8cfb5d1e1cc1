package network

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// camera answers one connection with text, one part for each request, and returns its address.
func camera(t *testing.T, config *tls.Config, parts ...string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	if config != nil {
		l = tls.NewListener(l, config)
	}
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		for _, part := range parts {
			if _, err := c.Read(make([]byte, 4096)); err != nil {
				return
			}
			if _, err := io.WriteString(c, part); err != nil {
				return
			}
		}
		_, _ = c.Read(make([]byte, 1))
	}()
	return l.Addr().String()
}

const (
	described = "RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 4\r\n\r\nv=0\n"
	playing   = "RTSP/1.0 200 OK\r\nCSeq: 2\r\n\r\n"
	data      = "$\x00\x00\x04RTSP/1.0 302 is no message here\r\n\r\n"
)

// TestRelay: a decoder gets all that the camera sends, byte for byte, and redirects end it.
func TestRelay(t *testing.T) {
	ca := newAuthority(t)
	for _, c := range []struct {
		name, scheme string
		parts        []string
		want, err    string
	}{
		{"plain", "rtsp", []string{described, playing + data}, described + playing + data, ""},
		{"encrypted", "rtsps", []string{described, playing + data}, described + playing + data, ""},
		{
			"redirect", "rtsp", []string{described, "RTSP/1.0 302 Found\r\nLocation: rtsp://10.0.0.9:99/x?key=1\r\n\r\n"}, described,
			"the camera redirects to rtsp://10.0.0.9:99, which is not followed: if that is meant, make it the source",
		},
		{"redirect to nowhere", "rtsp", []string{"RTSP/1.0 301 Moved\r\n\r\n"}, "", "the camera redirects, which is not followed"},
		{"no RTSP", "rtsp", []string{"HTTP/1.1 200 OK\r\nX\r\n\r\n"}, "", "the camera's answer is not RTSP"},
		{"endless", "rtsp", []string{strings.Repeat("x", 2<<20)}, "", "the camera's answer is cut short, or longer than 1 MB"},
		{"too long", "rtsp", []string{"RTSP/1.0 200 OK\r\nContent-Length: 99999999\r\n\r\n"}, "", "the camera's answer is longer than 1 MB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var config *tls.Config
			if c.scheme == "rtsps" {
				config = ca.server(t, nil)
			}
			u := address(t, c.scheme+"://joe:secret@"+camera(t, config, c.parts...)+"/cam?x=1")
			r, err := NewRelay(context.Background(), u, Options{CAFile: ca.file, OpenTimeout: 5 * time.Second})
			if err != nil {
				t.Fatal(err)
			}
			to := address(t, r.URL())
			if to.Scheme != "rtsp" || to.User.String() != "joe:secret" || to.RequestURI() != "/cam?x=1" || to.Hostname() != "127.0.0.1" {
				t.Errorf("the decoder is given %s", r.URL())
			}
			conn, err := net.Dial("tcp", to.Host)
			if err != nil {
				t.Fatal(err)
			}
			got := make([]byte, len(c.want))
			for range c.parts {
				if _, err := io.WriteString(conn, "DESCRIBE rtsp://x RTSP/1.0\r\n\r\n"); err != nil {
					break // it ended
				}
				time.Sleep(20 * time.Millisecond)
			}
			if _, err := io.ReadFull(conn, got); err != nil || string(got) != c.want {
				t.Errorf("got %q, %v, want %q", got, err, c.want)
			}
			if c.err != "" {
				if _, err := conn.Read(got[:0]); err != nil {
					t.Log(err)
				}
				<-r.done
			}
			why := ""
			if err := r.Err(); err != nil {
				why = err.Error()
			}
			if why != c.err {
				t.Errorf("got %s, want %s", why, c.err)
			}
			if _, err := net.DialTimeout("tcp", to.Host, time.Second); err == nil {
				t.Error("a second one is let in")
			}
			_ = conn.Close()
			r.Close()
		})
	}
}

// TestRelayUnused: one that nobody connects to ends with its context, and refuses what it cannot trust.
func TestRelayUnused(t *testing.T) {
	ca := newAuthority(t)
	ctx, cancel := context.WithCancel(context.Background())
	r, err := NewRelay(ctx, address(t, "rtsp://"+camera(t, nil)), Options{OpenTimeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	<-r.done
	if r.Err() != nil {
		t.Error(r.Err())
	}
	r, err = NewRelay(context.Background(), address(t, "rtsp://"+camera(t, nil)), Options{OpenTimeout: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	<-r.done
	if err := r.Err(); err == nil || err.Error() != "the decoder did not start in time: is the machine too busy?" {
		t.Error(err)
	}
	r.Close()
	_, err = NewRelay(context.Background(), address(t, "rtsps://"+camera(t, ca.server(t, nil))), Options{OpenTimeout: 5 * time.Second})
	if err == nil || !strings.HasPrefix(err.Error(), "the camera's certificate comes from an authority that is not trusted") {
		t.Error(err)
	}
}

// FuzzRelay: nothing that a camera sends makes more of itself, or passes changed.
func FuzzRelay(f *testing.F) {
	f.Add([]byte(described + playing + data))
	f.Add([]byte("RTSP/1.0 302 Found\r\nLocation: rtsp://10.0.0.9/\r\n\r\n"))
	f.Add([]byte("RTSP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n"))
	f.Fuzz(func(t *testing.T, sent []byte) {
		var passed bytes.Buffer
		err := answers(&passed, bufio.NewReader(bytes.NewReader(sent)))
		if !bytes.HasPrefix(sent, passed.Bytes()) {
			t.Errorf("sent %q, passed %q", sent, passed.Bytes())
		}
		if err == nil && passed.Len() != len(sent) {
			t.Errorf("%d of %d bytes passed without an error", passed.Len(), len(sent))
		}
	})
}

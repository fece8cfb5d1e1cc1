package page_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/report/page"
)

func connect(t *testing.T, s *page.Server, first string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_, _ = io.WriteString(conn, first) // a connection that is refused may be closed already
	return conn
}

// answered says whether a connection gets an answer to a request.
func answered(t *testing.T, conn net.Conn) bool {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(conn, "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
	_, err := bufio.NewReader(conn).ReadString('\n')
	return err == nil
}

// TestOnePeerCannotTakeAllConnections opens one more than one address may have; when one is closed there is room again.
func TestOnePeerCannotTakeAllConnections(t *testing.T) {
	s := serve(t, newDaemon(), nil)
	var open []net.Conn
	for i := range 64 {
		conn := connect(t, s, "")
		if open = append(open, conn); !answered(t, conn) {
			t.Fatalf("connection %d of 64 gets no answer", i+1)
		}
	}
	if answered(t, connect(t, s, "")) {
		t.Error("the 65th connection of one address gets an answer")
	}
	_ = open[0].Close()
	for end := time.Now().Add(patience); !answered(t, connect(t, s, "")); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("a closed connection makes no room")
		}
	}
}

// TestStreamsAreBounded opens what one address may have, then what another may, which are all.
func TestStreamsAreBounded(t *testing.T) {
	s := serve(t, newDaemon(), nil)
	events := func(from string) (*http.Response, string) {
		dial := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}).DialContext
		res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: dial}}).Get("http://" + s.Addr() + "/events")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = res.Body.Close() })
		if res.StatusCode == http.StatusOK {
			return res, ""
		}
		body, _ := io.ReadAll(res.Body)
		return res, string(body)
	}
	for _, from := range []string{"127.0.0.1", "127.0.0.2"} {
		for range 32 {
			if res, _ := events(from); res.StatusCode != http.StatusOK {
				t.Fatalf("a stream to %s: %s", from, res.Status)
			}
		}
		if res, body := events(from); res.StatusCode != http.StatusServiceUnavailable || body != "too many open streams: close another page\n" {
			t.Errorf("the 33rd stream to %s: %s %q", from, res.Status, body)
		}
	}
	if res, _ := events("127.0.0.3"); res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("the 65th stream: %s", res.Status)
	}
}

// TestBodyHasADeadline sends a request whose body never comes.
func TestBodyHasADeadline(t *testing.T) {
	s := serve(t, newDaemon(), nil)
	conn := connect(t, s, "POST /selftest HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nx")
	start := time.Now()
	if err := conn.SetReadDeadline(start.Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, conn); err != nil {
		t.Errorf("after %v the connection is still open: %v", time.Since(start), err)
	}
}

package capture_test

import (
	"bufio"
	"fmt"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"os/exec"
	"strings"
	"testing"
	"time"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/capture"
)

// rtspServer runs GStreamer's RTSP server and returns its port; port 0 takes a free one. stop kills it.
func rtspServer(t *testing.T, port string) (bound string, stop func()) {
	t.Helper()
	cmd := exec.Command("/usr/bin/python3", "testdata/rtsp_server.py", port)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stopped := false
	stop = func() {
		if !stopped {
			stopped = true
			_ = cmd.Process.Kill()
			_ = cmd.Wait() // tells that it was killed
		}
	}
	t.Cleanup(stop)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		stop()
		t.Fatalf("the RTSP server did not start: %s", said.String())
	}
	return strings.TrimSpace(line), stop
}

// TestRTSP takes frames from a real server, loses it and finds it again.
func TestRTSP(t *testing.T) {
	port, stop := rtspServer(t, "0")
	uri := "rtsp://joe:secret@127.0.0.1:" + port + "/cam"
	r := started(t, &capture.Camera{URI: uri, StallTimeout: 5 * time.Second})
	for i := range 20 {
		f := r.next()
		if f.Image.Cols() != 320 || f.Image.Rows() != 240 || f.Image.Type() != gocv.MatTypeCV8UC3 {
			t.Fatalf("picture %d: %d x %d", i, f.Image.Cols(), f.Image.Rows())
		}
		f.Release()
	}
	r.await(capture.OK, "")
	stop()
	r.await(capture.Lost, "")
	r.await(capture.Lost, "cannot connect: dial tcp 127.0.0.1:"+port+": connect: connection refused")
	rtspServer(t, port)
	r.await(capture.OK, "")
	f := r.next()
	seq := f.Seq
	f.Release()
	for range 20 {
		f := r.next()
		if f.Seq <= seq {
			t.Errorf("sequence %d after %d", f.Seq, seq)
		}
		seq = f.Seq
		f.Release()
	}
	if r.Stats().Reconnects == 0 {
		t.Error("no reconnect was counted")
	}
	if strings.Contains(r.log.String(), "secret") {
		t.Errorf("the password was logged:\n%s", r.log.String())
	}
}

// TestSilentServer accepts and says nothing: noticed within the stall time-out, while FFmpeg still hangs in its call.
func TestSilentServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	uri := "rtsp://" + l.Addr().String()
	r := started(t, &capture.Camera{URI: uri + "/cam", StallTimeout: time.Second})
	if got, want := r.await(capture.Lost, "").reason, uri+": no picture for 1s: still opening"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	// FFmpeg's own time-out ends its call, and with it the reader.
	r.await(capture.Lost, "the server can be reached, but gives no video (no data for too long): check path, user and password")
}

// mjpeg streams pictures until the client leaves; it wants a password.
func mjpeg(t *testing.T) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if _, password, _ := req.BasicAuth(); password != "secret" {
			w.Header().Set("WWW-Authenticate", `Basic realm="cam"`)
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		parts := multipart.NewWriter(w)
		w.Header().Set("Content-Type", "multipart/x-mixed-replace; boundary="+parts.Boundary())
		for i := 0; req.Context().Err() == nil; i++ {
			m := plain(20+i%200, width, height)
			jpeg, err := gocv.IMEncode(gocv.JPEGFileExt, m)
			m.Close()
			if err != nil {
				t.Error(err)
				return
			}
			part, err := parts.CreatePart(textproto.MIMEHeader{
				"Content-Type": {"image/jpeg"}, "Content-Length": {fmt.Sprint(jpeg.Len())},
			})
			if err == nil {
				_, err = part.Write(jpeg.GetBytes())
			}
			jpeg.Close()
			if err != nil {
				return // the client left
			}
			w.(http.Flusher).Flush()
			time.Sleep(10 * time.Millisecond)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func TestHTTP(t *testing.T) {
	s := mjpeg(t)
	address := s.Listener.Addr().String()
	r := started(t, &capture.Camera{URI: "http://joe:secret@" + address + "/video"})
	for range 20 {
		f := r.next()
		if f.Image.Cols() != width || gray(f) < 15 {
			t.Errorf("%d wide, gray %d", f.Image.Cols(), gray(f))
		}
		f.Release()
	}
	r.Close()

	r = started(t, &capture.Camera{URI: "http://joe:wrong@" + address + "/video"})
	want := "http://" + address + ": the camera answers 401 Unauthorized: check username and password_file"
	if got := r.await(capture.Lost, "").reason; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if strings.Contains(r.log.String(), "wrong") {
		t.Errorf("the password was logged:\n%s", r.log.String())
	}
}

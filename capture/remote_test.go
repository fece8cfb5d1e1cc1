package capture_test

import (
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/capture"
)

// jpeg returns a picture of one gray value.
func jpeg(t *testing.T, value int) []byte {
	t.Helper()
	m := plain(value, width, height)
	defer m.Close()
	buf, err := gocv.IMEncode(gocv.JPEGFileExt, m)
	if err != nil {
		t.Fatal(err)
	}
	defer buf.Close()
	return append([]byte(nil), buf.GetBytes()...)
}

// vouch writes the certificate of a test server, which signed itself.
func vouch(t *testing.T, s *httptest.Server) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestSnapshots: a camera that gives one picture an answer is asked again and again, and a few bad answers do not lose it.
func TestSnapshots(t *testing.T) {
	var asked atomic.Int32
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		n := int(asked.Add(1))
		if _, password, _ := req.BasicAuth(); password != "secret" {
			asked.Add(-1)
			w.Header().Set("WWW-Authenticate", `Basic realm="cam"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		picture := jpeg(t, 40+n%100)
		switch {
		case n%7 == 3:
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		case n%7 == 4: // cut by the camera
			picture = picture[:len(picture)/2]
		case n%7 == 5: // cut on the way
			w.Header().Set("Content-Length", fmt.Sprint(len(picture)))
			picture = picture[:len(picture)/2]
		case n%7 == 6: // by its content, not its type
			w.Header().Set("Content-Type", "application/octet-stream")
		}
		_, _ = w.Write(picture)
	}))
	defer s.Close()
	uri := strings.Replace(s.URL, "://", "://joe:secret@", 1) + "/snap.jpg?key=1"
	r := started(t, &capture.Camera{URI: uri, FPS: 15, CAFile: vouch(t, s), StallTimeout: 5 * time.Second})
	for range 20 {
		f := r.next()
		if f.Image.Cols() != width || gray(f) < 30 {
			t.Errorf("%d wide, gray %d", f.Image.Cols(), gray(f))
		}
		f.Release()
	}
	if got := r.Stats(); got.Reconnects > 0 || got.Damaged < 4 || got.SourceFPS != 15 {
		t.Errorf("got %+v", got)
	}
	r.Close()
	if text := r.log.String(); strings.Contains(text, "lost") || strings.Contains(text, "secret") || strings.Contains(text, "key") {
		t.Error(text)
	}
}

// TestSnapshotsEnd: a camera that gives no pictures any more is lost with its own reason.
func TestSnapshotsEnd(t *testing.T) {
	var asked atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		n := int(asked.Add(1))
		if n > 5 {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		_, _ = w.Write(jpeg(t, 40+n))
	}))
	defer s.Close()
	r := started(t, &capture.Camera{URI: s.URL, FPS: 10, StallTimeout: 4 * time.Second})
	if got, want := r.await(capture.Lost, "").reason, s.URL+": the camera answers 500 Internal Server Error"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestEncryptedHTTP: a stream over https, with the server's certificate checked.
func TestEncryptedHTTP(t *testing.T) {
	plain := mjpeg(t)
	s := httptest.NewUnstartedServer(plain.Config.Handler)
	s.StartTLS()
	defer s.Close()
	uri := strings.Replace(s.URL, "://", "://joe:secret@", 1)
	r := started(t, &capture.Camera{URI: uri, CAFile: vouch(t, s)})
	for range 5 {
		r.next().Release()
	}
	r.Close()
	r = started(t, &capture.Camera{URI: uri})
	r.await(capture.Lost, s.URL+": the camera's certificate comes from an authority that is not trusted: put that authority's certificate into cameras[].ca_file")
	r.Close()
	r = started(t, &capture.Camera{URI: uri, InsecureTLS: true})
	r.next().Release()
	r.Close() // before the server, which waits for it
}

// TestEncryptedRTSP: GStreamer's server behind TLS.
func TestEncryptedRTSP(t *testing.T) {
	s := httptest.NewTLSServer(http.NotFoundHandler()) // for its certificate
	defer s.Close()
	port, _ := rtspServer(t, "0")
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: s.TLS.Certificates, MinVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			to, err := net.Dial("tcp", "127.0.0.1:"+port)
			if err != nil {
				t.Error(err)
				return
			}
			go func() { _, _ = io.Copy(to, from); _ = to.Close() }()
			go func() { _, _ = io.Copy(from, to); _ = from.Close() }()
		}
	}()
	uri := "rtsps://joe:secret@" + l.Addr().String() + "/cam"
	r := started(t, &capture.Camera{URI: uri, CAFile: vouch(t, s), StallTimeout: 5 * time.Second})
	for range 10 {
		r.next().Release()
	}
	r.Close()
	r = started(t, &capture.Camera{URI: uri, StallTimeout: 5 * time.Second})
	r.await(capture.Lost, "rtsps://"+l.Addr().String()+
		": the camera's certificate comes from an authority that is not trusted: put that authority's certificate into cameras[].ca_file")
}

// TestStreamsOverHTTP: every kind of stream goes through the decoder's pipe.
func TestStreamsOverHTTP(t *testing.T) {
	for name, args := range map[string][]string{
		"video/mp2t":               {"-c:v", "libx264", "-pix_fmt", "yuv420p", "-f", "mpegts"},
		"video/x-flv":              {"-c:v", "libx264", "-pix_fmt", "yuv420p", "-f", "flv"},
		"video/mp4":                {"-c:v", "libx264", "-pix_fmt", "yuv420p", "-movflags", "frag_keyframe+empty_moov", "-f", "mp4"},
		"image/jpeg":               {"-c:v", "mjpeg", "-f", "mjpeg"},
		"application/octet-stream": {"-c:v", "mjpeg", "-f", "matroska"},
	} {
		args = append([]string{"-v", "error", "-f", "lavfi", "-i", "testsrc=size=320x240:rate=25:duration=2"}, append(args, "pipe:1")...)
		clip, err := exec.Command("ffmpeg", args...).Output()
		if failed, ok := errors.AsType[*exec.ExitError](err); ok {
			t.Fatalf("%s: %s", name, failed.Stderr)
		}
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", name)
			_, _ = w.Write(clip)
		}))
		r := started(t, &capture.Camera{URI: s.URL + "/live", StallTimeout: 5 * time.Second, Lossless: true})
		for range 40 {
			f := r.next()
			if f.Image.Cols() != 320 {
				t.Errorf("%s: %d wide", name, f.Image.Cols())
			}
			f.Release()
		}
		r.Close()
		s.Close()
	}
}

// TestNothingButDamage: a camera whose pictures are all cut is lost for that reason, and they are counted.
func TestNothingButDamage(t *testing.T) {
	picture := jpeg(t, 90)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Content-Type", "multipart/x-mixed-replace; boundary=b")
		for req.Context().Err() == nil {
			cut := picture[:len(picture)/3]
			if _, err := fmt.Fprintf(w, "--b\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n", len(cut), cut); err != nil {
				return
			}
			w.(http.Flusher).Flush()
			time.Sleep(20 * time.Millisecond)
		}
	}))
	defer s.Close()
	r := started(t, &capture.Camera{URI: s.URL, StallTimeout: 3 * time.Second})
	r.await(capture.Lost, s.URL+": no whole picture for 3s, all came damaged: see the network and the camera")
	if n := r.Stats(); n.Damaged == 0 || n.Frames > 0 {
		t.Errorf("%+v", n)
	}
	r.Close() // before the server, which waits for it
}

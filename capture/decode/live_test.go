package decode_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/capture/decode"
)

// served is a camera that sends parts again and again, until nobody reads.
func served(t *testing.T, kind string, parts ...[]byte) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", kind)
		for i := 0; ; i++ {
			if _, err := w.Write(parts[i%len(parts)]); err != nil {
				return
			}
			time.Sleep(time.Millisecond)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func overHTTP() decode.URLOptions {
	return decode.URLOptions{OpenTimeout: time.Minute, ReadTimeout: time.Minute, Protocols: "http,tcp"}
}

// TestLiveSizeChanges reads live streams whose picture changes its size, as a camera's does when somebody sets another one.
func TestLiveSizeChanges(t *testing.T) {
	part := func(size string, cut bool) []byte {
		jpeg := read(t, made(t, "a.jpg", size, 1))
		if cut {
			jpeg = jpeg[:len(jpeg)*35/100]
		}
		return fmt.Appendf(nil, "--b\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n", len(jpeg), jpeg)
	}
	ts := func(size string) []byte {
		return read(t, made(t, "a.ts", size, 10, "-c:v", "libx264", "-pix_fmt", "yuv420p"))
	}
	for name, c := range map[string]struct {
		kind    string
		parts   [][]byte
		sizes   int
		damaged bool
	}{
		"h264":  {"video/mp2t", [][]byte{ts("640x360"), ts("320x180"), ts("1100x620")}, 3, false},
		"mjpeg": {"multipart/x-mixed-replace; boundary=b", [][]byte{part("640x360", false), part("320x180", false)}, 2, false},
		"cut":   {"multipart/x-mixed-replace; boundary=b", [][]byte{part("640x360", false), part("640x360", true)}, 1, true},
	} {
		s, err := decode.OpenURL(context.Background(), served(t, c.kind, c.parts...), overHTTP())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got := played(t, s, 100, func(m gocv.Mat) {
			if v := m.Mean(); v.Val1 < 50 || v.Val2 < 50 || v.Val3 < 50 { // the test picture holds each color
				t.Errorf("%s: mean %v", name, v)
			}
		})
		if len(got.sizes) != c.sizes || got.err != nil || (got.damaged > 30) != c.damaged {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestURLsRefused(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/list" {
			fmt.Fprint(w, "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nhttp://127.0.0.1:1/x\n#EXT-X-ENDLIST\n")
			return
		}
		http.Error(w, "who are you?", http.StatusUnauthorized)
	}))
	defer s.Close()
	for path, want := range map[string]string{"/list": "Invalid argument", "/video": "401 Unauthorized"} {
		_, err := decode.OpenURL(context.Background(), s.URL+path, overHTTP())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
	}
}

// TestDecoderKilled ends the decoder from outside: an error, after which the next one works.
func TestDecoderKilled(t *testing.T) {
	s, err := decode.OpenDevice(context.Background(), "videotestsrc ! videoconvert ! video/x-raw,format=BGR,width=320,height=240 ! appsink",
		decode.DeviceOptions{API: gocv.VideoCaptureGstreamer, Elements: []string{"videotestsrc"}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	m := gocv.NewMat()
	defer m.Close()
	if err := s.Read(&m); err != nil || m.Cols() != 320 || m.Rows() != 240 {
		t.Fatal(err, m.Cols(), m.Rows())
	}
	if err := syscall.Kill(s.PID(), syscall.SIGSEGV); err != nil {
		t.Fatal(err)
	}
	for err == nil {
		err = s.Read(&m)
	}
	if !strings.HasPrefix(err.Error(), "the decoder's process ") {
		t.Error(err)
	}

	var stills decode.Stills
	defer stills.Close()
	png := read(t, made(t, "a.png", "320x240", 1))
	if err := stills.Decode(png, &m); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(stills.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := stills.Decode(png, &m); err == nil || err.Error() != "the decoder's process was ended by signal SIGKILL" {
		t.Error(err)
	}
	if err := stills.Decode(png, &m); err != nil {
		t.Errorf("after a crash: %v", err)
	}
}

// TestCanceled ends a decoder that waits for a silent camera.
func TestCanceled(t *testing.T) {
	jpeg := read(t, made(t, "a.jpg", "320x240", 1))
	stop := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "multipart/x-mixed-replace; boundary=b")
		for range 100 {
			fmt.Fprintf(w, "--b\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n", len(jpeg), jpeg)
		}
		w.(http.Flusher).Flush()
		<-stop
	}))
	defer s.Close()
	defer close(stop)
	ctx, cancel := context.WithCancel(context.Background())
	stream, err := decode.OpenURL(ctx, s.URL, overHTTP())
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(300*time.Millisecond, cancel)
	began := time.Now()
	got := played(t, stream, 0, nil)
	if got.err == nil || errors.Is(got.err, io.EOF) || time.Since(began) > 30*time.Second {
		t.Errorf("%+v after %v", got, time.Since(began))
	}
}

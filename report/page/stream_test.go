package page_test

import (
	"bufio"
	"bytes"
	"context"
	"image/jpeg"
	"io"
	"mime/multipart"
	"net"
	"strings"
	"testing"
	"time"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/report"
)

func TestStill(t *testing.T) {
	s := serve(t, newDaemon(), nil)
	feed(t, s, "front")
	res, body := get(t, s, "/camera/front.jpg")
	picture, err := jpeg.Decode(strings.NewReader(body))
	if err != nil || res.Header.Get("Content-Type") != "image/jpeg" {
		t.Fatalf("%s: %v, %.80q", res.Status, err, body)
	}
	if size := picture.Bounds().Size(); size.X != 960 || size.Y != 540 {
		t.Errorf("picture of %v, want 960x540", size)
	}
	// The box of the portrait's face is red: its line is 2 pixels wide at x = 420 * 960 / 1280.
	if r, g, b, _ := picture.At(315, 150).RGBA(); r>>8 < 130 || g>>8 > 100 || b>>8 > 100 {
		t.Errorf("no red box at 315,150: %d,%d,%d", r>>8, g>>8, b>>8)
	}
}

func TestStillOfALostCamera(t *testing.T) {
	s := serve(t, newDaemon(), nil)
	res, body := get(t, s, "/camera/back.jpg")
	if want := "camera \"back\": no picture within 5s\n"; res.StatusCode != 503 || body != want {
		t.Errorf("%s %q, want 503 %q", res.Status, body, want)
	}
}

func TestStreamSendsPictures(t *testing.T) {
	s := serve(t, newDaemon(), nil)
	feed(t, s, "front")
	parts := multipart.NewReader(open(t, s, "/camera/front.mjpeg"), "maskwarden-picture")
	var before []byte
	for range 5 {
		part, err := parts.NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(part)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := jpeg.Decode(bytes.NewReader(data)); err != nil || bytes.Equal(data, before) {
			t.Errorf("a picture of %d bytes: %v, the same as before: %v", len(data), err, bytes.Equal(data, before))
		}
		before = data
	}
}

// event reads the next server-sent event.
func event(t *testing.T, r *bufio.Reader) (kind, data string) {
	t.Helper()
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		line = strings.TrimSuffix(line, "\n")
		if v, ok := strings.CutPrefix(line, "event: "); ok {
			kind = v
		} else if v, ok := strings.CutPrefix(line, "data: "); ok {
			data = v
		} else if line == "" {
			return kind, data
		}
	}
}

func TestEvents(t *testing.T) {
	s := serve(t, newDaemon(), nil)
	f := &frame.Frame{Camera: "front"}
	for i := range 101 {
		f.Took[frame.Detect] = time.Duration(i) * time.Millisecond // the first was skipped
		s.Show(f)
	}
	s.Event(decision(1, frame.None, ""))
	r := bufio.NewReader(open(t, s, "/events"))
	kind, data := event(t, r)
	for _, want := range []string{
		`"state":{"schema":"maskwarden.state/1"`, `"broker_connected":true`, `{"stage":"detect","p50_ms":51}`, `{"stage":"vote","p50_ms":0}`,
		`"none":{"total":1,"per_minute":1}`, `"correct":{"total":0,"per_minute":0}`,
	} {
		if kind != "state" || !strings.Contains(data, want) {
			t.Errorf("first event: %s, no %s in %s", kind, want, data)
		}
	}
	if kind, data = event(t, r); kind != "decision" || !strings.HasPrefix(data, `{"event":{"schema":"maskwarden.event/1"`) || strings.Contains(data, "truth") {
		t.Errorf("the earlier decision: %s %s", kind, data)
	}
	s.Event(decision(2, frame.Correct, "incorrect"))
	for kind = "state"; kind == "state"; {
		kind, data = event(t, r)
	}
	if !strings.HasSuffix(data, `,"truth":"incorrect"}`) || !strings.Contains(data, `"label":"correct"`) {
		t.Errorf("the new decision: %s %s", kind, data)
	}
	for range 2 {
		if kind, _ = event(t, r); kind != "state" {
			t.Errorf("got %s, want the state every second", kind)
		}
	}
}

// A client that never reads must not hold up anybody, and Close must get rid of it.
func TestStuckClients(t *testing.T) {
	s := serve(t, newDaemon(), nil)
	for _, path := range []string{"/events", "/camera/front.mjpeg"} {
		conn, err := net.Dial("tcp", s.Addr())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		if _, err := io.WriteString(conn, "GET "+path+" HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
	}
	feed(t, s, "front")
	flood := decision(1, frame.None, strings.Repeat("x", 1<<16))
	for range 2000 {
		s.Event(flood)
	}
	r := bufio.NewReader(open(t, s, "/events"))
	if kind, _ := event(t, r); kind != "state" {
		t.Errorf("a second client gets %q first", kind)
	}
	if res, _ := get(t, s, "/camera/front.jpg"); res.StatusCode != 200 {
		t.Errorf("picture: %s", res.Status)
	}
}

func TestCloseEndsStreams(t *testing.T) {
	d := newDaemon()
	s := serve(t, d, nil)
	feed(t, s, "front")
	streams := []io.Reader{open(t, s, "/events"), open(t, s, "/camera/front.mjpeg"), open(t, s, "/camera/back.mjpeg")}
	stop(t, s)
	for i, r := range streams {
		if _, err := io.Copy(io.Discard, r); err != nil {
			t.Errorf("stream %d does not end: %v", i, err)
		}
	}
	s.Event(decision(1, frame.None, "")) // and what comes late does no harm
	if err := s.Close(context.Background()); err != nil {
		t.Errorf("a second close: %v", err)
	}
}

func TestShowCostsNothingWhenNobodyWatches(t *testing.T) {
	s := serve(t, newDaemon(), nil)
	f := scene(t, portrait(t), "front", 1)
	defer func() { _ = f.Image.Close() }()
	s.Show(f)
	if n := testing.AllocsPerRun(1000, func() { s.Show(f) }); n != 0 {
		t.Errorf("%v allocations a frame, want 0", n)
	}
}

func TestPicturesThatCannotBeShown(t *testing.T) {
	d := newDaemon()
	d.change(func(d *daemon) { d.state.Cameras = []report.Camera{{Name: "odd"}} })
	s := serve(t, d, nil)
	parts := multipart.NewReader(open(t, s, "/camera/odd.mjpeg"), "maskwarden-picture")
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	defer func() { cancel(); <-done }()
	go func() {
		defer close(done)
		empty, gray, tall := gocv.NewMat(), gocv.Zeros(40, 40, gocv.MatTypeCV8UC1), gocv.Zeros(70000, 2, gocv.MatTypeCV8UC3)
		defer func() { _, _, _ = empty.Close(), gray.Close(), tall.Close() }()
		for ctx.Err() == nil {
			for _, m := range []gocv.Mat{empty, gray, tall} {
				s.Show(&frame.Frame{Camera: "odd", Image: m})
			}
			time.Sleep(10 * time.Millisecond)
		}
	}()
	part, err := parts.NextRawPart()
	if err != nil {
		t.Fatal(err)
	}
	config, err := jpeg.DecodeConfig(part)
	if err != nil || config.Width != 1 || config.Height != 1280 {
		t.Errorf("picture %dx%d, %v; want 1x1280", config.Width, config.Height, err)
	}
}

// TestAlarmIsNoDecision: an alarm is shown, but the decision that it is about was counted already.
func TestAlarmIsNoDecision(t *testing.T) {
	s := serve(t, newDaemon(), nil)
	d := decision(1, frame.None, "")
	s.Event(d)
	d.Event.ID += "-alarm"
	d.Event.Suspected, d.Event.Suspicion, d.Event.Alarm = true, []string{"masks_disagree", "squeeze_differs"}, "attack"
	s.Event(d)
	r := bufio.NewReader(open(t, s, "/events"))
	if kind, data := event(t, r); kind != "state" || !strings.Contains(data, `"none":{"total":1,"per_minute":1}`) {
		t.Errorf("first event: %s %s, want one decision of none", kind, data)
	}
	if kind, data := event(t, r); kind != "decision" || strings.Contains(data, "alarm") {
		t.Errorf("the decision: %s %s", kind, data)
	}
	if kind, data := event(t, r); kind != "decision" || !strings.Contains(data, `"alarm":"attack"`) {
		t.Errorf("the alarm: %s %s", kind, data)
	}
}

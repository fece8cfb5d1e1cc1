package nativelog

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestForms(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"[ WARN:0@0.012] global ./modules/videoio/src/cap_v4l.cpp (902) open VIDEOIO(V4L2:/dev/video0): can't open camera by index",
			"WARN opencv: ./modules/videoio/src/cap_v4l.cpp (902) open VIDEOIO(V4L2:/dev/video0): can't open camera by index"},
		{"[ERROR:7] global x", "ERROR opencv: x"},
		{"[ INFO:0@12.5] global x", "INFO opencv: x"},
		{"OpenCV(4.6.0) ./modules/core/src/matrix.cpp:246: error: (-215:Assertion failed) s >= 0 in function 'setSize'",
			"ERROR opencv: OpenCV(4.6.0) ./modules/core/src/matrix.cpp:246: error: (-215:Assertion failed) s >= 0 in function 'setSize'"},
		{"OpenCV: terminate handler is called! The last OpenCV error is:", "ERROR opencv: OpenCV: terminate handler is called! The last OpenCV error is:"},
		{"[rtsp @ 0x55e0c2] method DESCRIBE failed: 401 Unauthorized", "WARN ffmpeg rtsp: method DESCRIBE failed: 401 Unauthorized"},
		{"[mov,mp4,m4a,3gp,3g2,mj2 @ 0x7f3c] [error] moov atom not found", "ERROR ffmpeg mov,mp4,m4a,3gp,3g2,mj2: moov atom not found"},
		{"INFO: Created TensorFlow Lite XNNPACK delegate for CPU.", "INFO tflite: Created TensorFlow Lite XNNPACK delegate for CPU."},
		{"VERBOSE: Replacing 69 node(s)", "DEBUG tflite: Replacing 69 node(s)"},
		{"2026-11-26 01:30:31.123456: W tensorflow/core/x.cc:39] y", "WARN tensorflow: tensorflow/core/x.cc:39] y"},
		{"E0000 00:00:1732584631.123456     42 cuda_dnn.cc:8310] z", "ERROR : cuda_dnn.cc:8310] z"},
		{"libpng error: IDAT: CRC error", "ERROR libpng: IDAT: CRC error"},
		{"Corrupt JPEG data: premature end of data segment", "WARN libjpeg: Corrupt JPEG data: premature end of data segment"},
		{"(maskwarden:42): GStreamer-CRITICAL **: 12:00:00.123: gst_x: assertion failed", "ERROR gstreamer: gst_x: assertion failed"},
		{"0:00:00.014 4242 0x55d0 \x1b[33;01mWARN   \x1b[00m basesrc src.c:1: pausing", "WARN gstreamer: basesrc src.c:1: pausing"},
		{"double free or corruption (out)", "ERROR : double free or corruption (out)"},
		{"\ta driver's own words \r\n", "INFO : a driver's own words"},
		{"not \xff UTF-8", "INFO : not � UTF-8"},
		{"http://a:b@c and rtsp://d:e@f", "INFO : (http://a:b@c) and (rtsp://d:e@f)"},
	} {
		r, ok := parse(line{text: c.line}, func(uri string) string { return "(" + uri + ")" })
		got := fmt.Sprintf("%s %s: %s", r.level, strings.TrimSpace(r.library+" "+r.component), r.text)
		if !ok || got != c.want {
			t.Errorf("%q\ngot  %s\nwant %s", c.line, got, c.want)
		}
	}
	for _, empty := range []string{"", "\n", " \x1b[00m\r\n"} {
		if r, ok := parse(line{text: empty}, nil); ok {
			t.Errorf("%q became the record %+v", empty, r)
		}
	}
}

func TestStorms(t *testing.T) {
	var got []string
	s := &storms{log: func(r record, lines int) { got = append(got, fmt.Sprintf("%s %d", r.text, lines)) }, kinds: map[string]*kind{}}
	start := time.Unix(0, 0)
	expect := func(want ...string) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		got = nil
	}
	line := func(text string) record { return record{level: slog.LevelWarn, text: text} }
	s.add(line("frame 1"), start)
	s.add(line("frame 2"), start)
	s.add(line("other"), start)
	s.add(record{level: slog.LevelError, text: "frame 3"}, start) // another level is another kind
	expect("frame 1 1", "other 1", "frame 3 1")
	s.tick(start.Add(window / 2))
	expect()
	s.add(line("frame 0x4f"), start.Add(window/2))
	s.tick(start.Add(window))
	expect("frame 0x4f 2")
	s.add(line("frame 5"), start.Add(window)) // goes on: once more in the next window
	s.tick(start.Add(2 * window))
	expect("frame 5 1")
	s.tick(start.Add(3 * window))
	if len(s.kinds) != 0 {
		t.Errorf("%d kinds are remembered after silence", len(s.kinds))
	}
	s.add(line("frame 6"), start.Add(4*window))
	expect("frame 6 1")
	s.add(line("frame 7"), start.Add(4*window))
	s.flush()
	expect("frame 7 1")
}

// TestManyKinds: lines of ever new kinds take neither the memory nor the log.
func TestManyKinds(t *testing.T) {
	logged := 0
	s := &storms{log: func(record, int) { logged++ }, kinds: map[string]*kind{}}
	for i := range 5000 {
		s.add(record{text: strings.Repeat("x", i)}, time.Unix(0, 0))
	}
	if want := maxKinds + 1; logged != want || len(s.kinds) != want {
		t.Errorf("%d records and %d kinds, want %d", logged, len(s.kinds), want)
	}
}

// FuzzParse reads any bytes as a line that a library printed: what is logged has no broken text, and no address with what stands in it.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"[ WARN:0@0.1] global cap.cpp (1) open rtsp://u:p@h/x", "[h264 @ 0x55d0] [error] rtsp://h/", "OpenCV: x", "\x1b[31mINFO: \xff", "(a:1): GLib-WARNING **: 0:00:01.0: x",
		"0:00:00.1 1 0x1 WARN x", "libpng error: x", "", " \t", "E1127 10:00:00.0 1 x",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		asked := ""
		r, ok := parse(line{text: text, level: slog.LevelInfo}, func(uri string) string { asked = uri; return "URI" })
		if !ok {
			return
		}
		if !utf8.ValidString(r.text) || !utf8.ValidString(r.component) || len(r.text) > 3*len(text)+3 || r.kind() == "" {
			t.Fatalf("%q: %+v", text, r)
		}
		if len(asked) > 12 && strings.Contains(r.text, asked) {
			t.Fatalf("%q: %q still holds %q", text, r.text, asked)
		}
	})
}

package capture_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/capture"
	"github.com/maskwarden/maskwarden/frame"
)

// pngHeader is a PNG file of w x h pixels that ends after its header: enough to be refused by, too little to decode.
func pngHeader(w, h uint32) []byte {
	ihdr := []byte("IHDR")
	ihdr = binary.BigEndian.AppendUint32(ihdr, w)
	ihdr = binary.BigEndian.AppendUint32(ihdr, h)
	ihdr = append(ihdr, 8, 2, 0, 0, 0)
	out := binary.BigEndian.AppendUint32([]byte("\x89PNG\r\n\x1a\n"), uint32(len(ihdr)-4))
	out = append(out, ihdr...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(ihdr))
}

func write(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func writePicture(t testing.TB, path string, value int) {
	t.Helper()
	m := plain(value, width, height)
	defer m.Close()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if !gocv.IMWrite(path, m) {
		t.Fatal("cannot write ", path)
	}
}

func TestRefusedAtOnce(t *testing.T) {
	const want = "want v4l2:///dev/video0, csi://0, rtsp://, rtsps://, http://, https://, " +
		"file:// (a video, a picture or a folder of pictures), a path or synthetic://"
	t.Chdir(t.TempDir())
	write(t, "text.mp4", []byte("This is no video.\n"))
	write(t, "empty.mp4", nil)
	write(t, "noise.mp4", bytes.Repeat([]byte{0xde, 0xad, 0x00, 0xbe}, 5000))
	write(t, "huge.png", pngHeader(10000, 6000))
	write(t, "damaged.jpg", []byte("\xff\xd8\xff\xe0 and so on"))
	write(t, "none/readme.txt", []byte("no pictures here"))
	whole, err := os.ReadFile(clip(t, "whole.mp4", "mp4v", 50))
	if err != nil {
		t.Fatal(err)
	}
	write(t, "cut.mp4", whole[:len(whole)/2]) // its index stood at the end
	for _, c := range []struct{ uri, want string }{
		{"", "no source given: " + want},
		{"webrtc://cam/1", `webrtc://cam: unknown scheme "webrtc": ` + want},
		{"foo://joe:secret@cam/1", `foo://cam: unknown scheme "foo": ` + want},
		{"v4l2://0", "v4l2://0: want a device as v4l2:///dev/video0 or v4l2:///dev/v4l/by-id/NAME"},
		{"csi://front", "csi://front: want the number of the sensor as csi://0"},
		{"rtsp:///cam", "rtsp://: no host: want rtsp://host/path"},
		{
			"rtsp://joe:se#cret@cam/1",
			"rtsp://…: malformed: in a user name or password write % / ? # @ : as %25 %2F %3F %23 %40 %3A",
		},
		{"synthetic://demo", "synthetic://demo: synthetic sources are not available here"},
		{"file://", "file://: no path: want file:///absolute/path or file://relative/path"},
		{"file://gone.mp4", "file://gone.mp4: no such file or folder"},
		{"gone.mp4", "gone.mp4: no such file or folder"},
		{"file:///dev/null", "file:///dev/null: neither a file nor a folder: devices are named as v4l2:///dev/video0"},
		{"file://text.mp4", "file://text.mp4: the file holds text: want a video or a picture"},
		{"empty.mp4", "empty.mp4: the file is empty (0 bytes)"},
		{"noise.mp4", "noise.mp4: not a video that FFmpeg can read, or a damaged one: Invalid argument"},
		{"cut.mp4", "cut.mp4: not a video that FFmpeg can read, or a damaged one: Invalid data found when processing input"},
		{"huge.png", "huge.png: 10000 x 6000 is 60.0 megapixels: the limit is 40; scale it down"},
		{"damaged.jpg", "damaged.jpg: damaged picture: it ends before its end-of-image marker"},
		{"none", "none: the folder holds no pictures: want JPEG, PNG, TIFF, WebP, BMP or AVIF files"},
	} {
		r := rigged(t, &capture.Camera{URI: c.uri})
		err := r.Initialize()
		if err == nil || err.Error() != c.want {
			t.Errorf("%q:\n got %v\nwant %s", c.uri, err, c.want)
		}
		r.shut()
	}
}

func TestRefusedZones(t *testing.T) {
	for _, c := range []struct {
		zone frame.Box
		want string
	}{
		{frame.Box{X0: 0.5, X1: 0.5, Y1: 1}, "privacy zone 1 (x 0.5 to 0.5, y 0 to 1): want fractions of the picture, 0 to 1, rising"},
		{frame.Box{X1: 640, Y1: 480}, "privacy zone 1 (x 0 to 640, y 0 to 480): want fractions of the picture, 0 to 1, rising"},
	} {
		r := rigged(t, &capture.Camera{URI: "synthetic://x", Synthetic: grays(1), PrivacyZones: []frame.Box{c.zone}})
		if err := r.Initialize(); err == nil || err.Error() != c.want {
			t.Errorf("got %v, want %s", err, c.want)
		}
		r.shut()
	}
}

func TestRedact(t *testing.T) {
	for _, c := range []struct{ uri, want string }{
		{"rtsp://cam/1", "rtsp://cam"},
		{"rtsp://joe@cam/1", "rtsp://cam"},
		{"rtsp://joe:secret@cam:554/1?a=b", "rtsp://cam:554"},
		{"rtsp://joe:s@cret@cam/1", "rtsp://cam"},
		{"rtsp://joe:12/secret@cam/1", "rtsp://…"},
		{"rtsp://joe:sec?ret@cam/1", "rtsp://…"},
		{"rtsp://joe:sec#ret@cam/1", "rtsp://…"},
		{"rtsp://joe:%zz@cam/1", "rtsp://…"},
		{"http://cam/v.cgi?user=joe&pwd=secret&q=1", "http://cam"},
		{"http://cam/%73ecret/v", "http://cam"},
		{"rtsp://[fe80::1]:554/user=joe_password=secret_channel=1.sdp", "rtsp://[fe80::1]:554"},
		{"synthetic://?people=2", "synthetic://?people=2"},
		{"file:///home/joe@work/a.mp4", "file:///home/joe@work/a.mp4"},
		{"clips/a@b.mp4", "clips/a@b.mp4"},
	} {
		if got := capture.Redact(c.uri); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.uri, got, c.want)
		}
	}
}

func FuzzRedact(f *testing.F) {
	f.Add("joe", "secret", "cam/1")
	f.Add("joe", "a/b?c#d@e", "cam/1@2")
	f.Fuzz(func(t *testing.T, user, password, rest string) {
		secret := "Q7" + password + "7Q"                            // not to be found in the rest by chance
		others := user + " " + url.User(user).String() + " " + rest // an escaped quote is %27
		if strings.ContainsAny(user, ":/@?#") || strings.Contains(others, "Q7") || strings.Contains(others, "7Q") {
			return
		}
		for _, uri := range []string{
			"rtsp://" + user + ":" + secret + "@" + rest,
			"rtsp://" + url.UserPassword(user, secret).String() + "@" + rest,
		} {
			if got := capture.Redact(uri); strings.Contains(got, "Q7") || strings.Contains(got, "7Q") {
				t.Errorf("%q became %q", uri, got)
			}
		}
	})
}

package config_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/maskwarden/maskwarden/config"
)

func TestSource(t *testing.T) {
	const general = "want a source such as v4l2:///dev/video0, csi://0, rtsp://host/path, file:///path or synthetic:// (got "
	for _, c := range []struct{ text, want string }{
		{"v4l2:///dev/video0", ""},
		{"v4l2:///dev/v4l/by-id/usb-Cam_1-video-index0", ""},
		{"csi://0", ""},
		{"rtsp://10.0.0.2:554/main?x=1", ""},
		{"rtsps://[fe80::1]/main", ""},
		{"https://h/a.mjpg", ""},
		{"file:///srv/a b.mp4", ""},
		{"file:///srv/100%.mp4", ""},
		{"file://testdata/a.jpg", ""},
		{"synthetic://", ""},
		{"synthetic://?seed=3", ""},
		{"", general + `"")`},
		{"/dev/video0", general + `"/dev/video0")`},
		{"rtsp:host", general + `"rtsp:host")`},
		{"rtsp://u:secret@h:x/", general + `"rtsp://…@h:x/")`},
		{"u:secret@h", general + `"…@h")`},
		{"v4l2://video0", `want v4l2:// and a device's path, such as v4l2:///dev/video0 (got "v4l2://video0")`},
		{"csi://front", `want csi:// and a sensor's number, such as csi://0 (got "csi://front")`},
		{"rtsp:///main", `want rtsp:// and a host, such as rtsp://192.168.1.20/stream (got "rtsp:///main")`},
		{"file://", `want file:// and a path, such as file:///var/lib/clip.mp4 (got "file://")`},
		{"rtsp://u:secret@h/", "want no user or password in the address: set username and password_file next to it (got both or one in it)"},
		{"v4l://x", `want a source that begins with v4l2, csi, rtsp, rtsps, http, https, file or synthetic (got v4l://), did you mean "v4l2"?`},
		{"gopher://x", "want a source that begins with v4l2, csi, rtsp, rtsps, http, https, file or synthetic (got gopher://)"},
	} {
		var s config.Source
		equal(t, c.text, s.UnmarshalText([]byte(c.text)), c.want)
	}
}

func TestBroker(t *testing.T) {
	const general = "want a broker's address such as mqtt://192.168.1.10:1883 or mqtts://broker.example (got "
	for _, c := range []struct{ text, want string }{
		{"mqtt://h", ""},
		{"wss://h/mqtt", ""},
		{"tcp://h", ""},
		{"ssl://h", ""},
		{"", ""},
		{"h", general + `"h")`},
		{"h:1883", general + `"h:1883")`},
		{"mqtt://:1883", general + `"mqtt://:1883")`},
		{"mqtt://u:secret@h:x", general + `"mqtt://…@h:x")`},
		{"mqtt://u:secret@h", "want no user or password in the address: set username and password_file next to it (got both or one in it)"},
		{"mqttt://h", `want an address that begins with mqtt, mqtts, ws or wss (got mqttt://), did you mean "mqtt"?`},
		{"http://h", "want an address that begins with mqtt, mqtts, ws or wss (got http://)"},
	} {
		var b config.Broker
		equal(t, c.text, b.UnmarshalText([]byte(c.text)), c.want)
	}
}

func TestListen(t *testing.T) {
	const general = "want an IP address and a port such as 127.0.0.1:8080, or 0.0.0.0:8080 for every interface (got "
	for _, c := range []struct{ text, want string }{
		{"127.0.0.1:0", ""},
		{"[::1]:80", ""},
		{"localhost:80", ""},
		{"", ""},
		{"80", general + `"80")`},
		{"0.0.0.0:65536", general + `"0.0.0.0:65536")`},
		{"example.org:80", general + `"example.org:80")`},
	} {
		var l config.Listen
		equal(t, c.text, l.UnmarshalText([]byte(c.text)), c.want)
	}
}

func TestAddress(t *testing.T) {
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("p/ß@\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := config.Camera{Name: "a", Source: "rtsp://h/x?y=1", Username: "u", PasswordFile: config.SecretFile(file)}
	got, err := c.Address()
	if want := "rtsp://u:p%2F%C3%9F%40@h/x?y=1"; err != nil || got != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
	c.PasswordFile += "x"
	_, err = c.Address()
	equal(t, "missing", err, "camera a: password_file: stat "+file+"x: no such file or directory")
}

func TestAsset(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c := config.Config{AssetsDir: dir}
	if got, err := c.Asset("a"); err != nil || got != filepath.Join(dir, "a") {
		t.Errorf("got %s, %v", got, err)
	}
	if got, err := c.Asset("/opt/b"); err != nil || got != "/opt/b" {
		t.Errorf("got %s, %v", got, err)
	}
	_, err := c.Asset("b")
	equal(t, "b", err, "asset b: in none of ["+dir+"]: run `make setup`, or set assets_dir (MASKWARDEN_ASSETS_DIR)")
}

// equal fails the test unless the error is the one wanted; "" wants none.
func equal(t *testing.T, what string, err error, want string) {
	t.Helper()
	got := ""
	if err != nil {
		got = err.Error()
	}
	if got != want {
		t.Errorf("%q:\ngot  %s\nwant %s", what, got, want)
	}
}

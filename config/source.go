package config

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/maskwarden/maskwarden/config/decode"
)

// Source is the address of a camera: v4l2:///dev/video0, csi://0, rtsp://host/path, http://host/path, file:///path or synthetic://.
// It carries no password.
type Source string

// UnmarshalText sets the source.
func (s *Source) UnmarshalText(b []byte) error {
	if rest, ok := strings.CutPrefix(string(b), "file://"); ok && rest != "" {
		*s = Source(b) // a file's name may hold what an address may not
		return nil
	}
	u, err := url.Parse(string(b))
	if err != nil || u.Scheme == "" || !strings.Contains(string(b), "://") {
		return decode.WantError(s, redact(string(b)))
	}
	ok, want := true, ""
	switch u.Scheme {
	case "v4l2":
		ok, want = u.Host == "" && len(u.Path) > 1, "v4l2:// and a device's path, such as v4l2:///dev/video0"
	case "csi":
		ok, want = u.Host != "" && strings.Trim(u.Host, "0123456789") == "", "csi:// and a sensor's number, such as csi://0"
	case "rtsp", "rtsps", "http", "https":
		ok, want = u.Hostname() != "", u.Scheme+":// and a host, such as "+u.Scheme+"://192.168.1.20/stream"
	case "file":
		ok, want = false, "file:// and a path, such as file:///var/lib/clip.mp4"
	case "synthetic":
	default:
		names := []string{"v4l2", "csi", "rtsp", "rtsps", "http", "https", "file", "synthetic"}
		return fmt.Errorf("want a source that begins with %s (got %s://)%s", decode.Either(names), u.Scheme, decode.DidYouMean(u.Scheme, names))
	}
	if !ok {
		return fmt.Errorf("want %s (got %s)", want, decode.Quoted(redact(string(b))))
	}
	if u.User != nil {
		return errors.New("want no user or password in the address: set username and password_file next to it (got both or one in it)")
	}
	*s = Source(b)
	return nil
}

// Live says whether the source goes on for ever: it is no file.
func (s Source) Live() bool { return !strings.HasPrefix(string(s), "file://") }

// Want says what a value looks like.
func (*Source) Want() string {
	return "a source such as v4l2:///dev/video0, csi://0, rtsp://host/path, file:///path or synthetic://"
}

// redact hides what stands before an @ in an address.
func redact(s string) string {
	start, end := strings.Index(s, "//"), strings.LastIndex(s, "@")
	if end < 0 {
		return s
	}
	if start < 0 || start > end {
		return "…" + s[end:]
	}
	return s[:start+2] + "…" + s[end:]
}

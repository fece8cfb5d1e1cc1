package config

import (
	"fmt"
	"net/url"
	"time"

	"github.com/maskwarden/maskwarden/config/decode"
)

// Camera is one source of pictures.
type Camera struct {
	Name         Name       `yaml:"name"` // its place in topics and metrics, unlike every other camera's
	Source       Source     `yaml:"source"`
	Username     string     `yaml:"username"`
	PasswordFile SecretFile `yaml:"password_file"`
	CAFile       string     `yaml:"ca_file"`       // authorities of an https or rtsps camera, "": the system's
	InsecureTLS  bool       `yaml:"insecure_tls"`  // take any certificate of it
	Width        int        `yaml:"width"`         // pixels to ask the camera for, 0: its own choice
	Height       int        `yaml:"height"`        // the same
	FPS          float64    `yaml:"fps"`           // frames a second to ask the camera for, 0: its own choice
	Loop         bool       `yaml:"loop"`          // begin a file again when it ends
	Rotate       int        `yaml:"rotate"`        // degrees clockwise that make its picture upright: 0, 90, 180 or 270
	Flip         Flip       `yaml:"flip"`          // then left and right, or top and bottom, change places
	StallTimeout Duration   `yaml:"stall_timeout"` // reconnect after so long without a new picture
	PrivacyZones []Zone     `yaml:"privacy_zones"`
}

// DefaultCamera returns a camera with neither name nor source.
func DefaultCamera() Camera {
	return Camera{Flip: FlipNone, StallTimeout: Duration(10 * time.Second)}
}

// SetDefaults sets what a camera in the file starts from.
func (c *Camera) SetDefaults() { *c = DefaultCamera() }

// Address returns the source with user and password in it, for the one who opens it. Do not log it.
func (c *Camera) Address() (string, error) {
	password, err := c.PasswordFile.Read()
	if err != nil {
		return "", fmt.Errorf("camera %s: %w", c.Name, err)
	}
	if c.Username == "" {
		return string(c.Source), nil
	}
	u, err := url.Parse(string(c.Source))
	if err != nil {
		return "", fmt.Errorf("camera %s: %w", c.Name, err)
	}
	u.User = url.User(c.Username)
	if password != "" {
		u.User = url.UserPassword(c.Username, password)
	}
	return u.String(), nil
}

func (c *Camera) check(at decode.Section) {
	at.Need("name", c.Name != "", "a name of 1 to 64 letters, digits, - and _", "nothing")
	at.Need("source", c.Source != "", c.Source.Want(), "nothing")
	at.Need("password_file", c.PasswordFile == "" || c.Username != "", "a username next to it", "none")
	u, err := url.Parse(string(c.Source))
	at.Need("username", c.Username == "" || err == nil && u.Hostname() != "" && u.Scheme != "file" && u.Scheme != "csi",
		"no username for a source without a host", decode.Quoted(c.Username))
	encrypted := err == nil && (u.Scheme == "https" || u.Scheme == "rtsps")
	at.Need("ca_file", c.CAFile == "" || encrypted, "a source with https:// or rtsps:// for it", decode.Quoted(string(c.Source)))
	at.Need("insecure_tls", !c.InsecureTLS || encrypted, "a source with https:// or rtsps:// for it", decode.Quoted(string(c.Source)))
	at.Need("insecure_tls", !c.InsecureTLS || c.CAFile == "", "either ca_file or insecure_tls", "both")
	const side = 16384
	decode.Within(at, "width", c.Width, 0, side)
	decode.Within(at, "height", c.Height, 0, side)
	at.Need("height", (c.Width == 0) == (c.Height == 0), "both width and height, or neither", fmt.Sprintf("%d x %d", c.Width, c.Height))
	decode.Within(at, "fps", c.FPS, 0, 240)
	at.Need("rotate", c.Rotate%90 == 0 && c.Rotate >= 0 && c.Rotate < 360, "0, 90, 180 or 270", fmt.Sprint(c.Rotate))
	decode.Within(at, "stall_timeout", c.StallTimeout, Duration(100*time.Millisecond), Duration(time.Hour))
	for i, zone := range c.PrivacyZones {
		at.Item("privacy_zones", i).Self(zone.ok(),
			"[left, upper, right, lower] from 0 to 1, left < right and upper < lower", fmt.Sprint([4]float64(zone)))
	}
}

// Flip is a mirror image.
type Flip string

// The mirror images.
const (
	FlipNone       Flip = "none"
	FlipHorizontal Flip = "horizontal"
	FlipVertical   Flip = "vertical"
)

// UnmarshalText sets the mirror image.
func (f *Flip) UnmarshalText(b []byte) error { return decode.OneOf(f, b, f.names()) }

// Want says what a value looks like.
func (f *Flip) Want() string { return decode.Either(f.names()) }

func (*Flip) names() []string {
	return []string{string(FlipNone), string(FlipHorizontal), string(FlipVertical)}
}

// Mirror is the flip as capture names it: "" for none.
func (f Flip) Mirror() string {
	if f == FlipNone {
		return ""
	}
	return string(f)
}

// Zone is a part of the upright picture that is painted black: left, upper, right and lower edge as fractions of its width and height, 0 to 1.
type Zone [4]float64

func (z Zone) ok() bool {
	return z[0] >= 0 && z[0] < z[2] && z[2] <= 1 && z[1] >= 0 && z[1] < z[3] && z[3] <= 1
}

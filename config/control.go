package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/maskwarden/maskwarden/config/decode"
)

// Control is the socket through which maskwarden status and maskwarden selftest speak with the running daemon.
type Control struct {
	Socket string `yaml:"socket"` // "": control.sock in systemd's runtime folder, else in state_dir
}

// controlSocket is the socket's name in whichever folder.
const controlSocket = "control.sock"

// ControlSocket returns the path at which the daemon makes its control socket.
func (c *Config) ControlSocket() string { return c.ControlSockets()[0] }

// ControlSockets returns the paths at which a running daemon may have its control socket, the likeliest first: a command
// is not started by systemd, the daemon may be.
func (c *Config) ControlSockets() []string {
	if c.Control.Socket != "" {
		return []string{c.Control.Socket}
	}
	if dir, _, _ := strings.Cut(os.Getenv("RUNTIME_DIRECTORY"), ":"); dir != "" {
		return []string{filepath.Join(dir, controlSocket)}
	}
	return []string{filepath.Join(c.StateDir, controlSocket), filepath.Join("/run/maskwarden", controlSocket)}
}

// MaxSocket is how long a control socket's path may be, in bytes: the kernel takes 107, and the socket is made under a name that is four
// longer.
const MaxSocket = 103

func (c *Config) checkSocket(at decode.Section) {
	socket := c.ControlSocket()
	ok, got := len(socket) <= MaxSocket, fmt.Sprintf("%d bytes: %s", len(socket), socket)
	if strings.HasPrefix(socket, "@") { // Go and systemd take it for a name outside the file system, which has no mode
		ok, got = false, socket
	}
	want := fmt.Sprintf("a path of %d bytes at most, for the control socket", MaxSocket)
	if c.Control.Socket != "" {
		at.Sub("control").Need("socket", ok, want, got)
		return
	}
	at.Need("state_dir", ok, "a shorter path, or control.socket next to it: "+want, got)
}

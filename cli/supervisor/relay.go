package supervisor

import (
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"strings"

	sd "github.com/coreos/go-systemd/v22/daemon"
	"golang.org/x/sys/unix"
)

// notifySocket is the variable in which systemd says where it listens (sd_notify(3)).
const notifySocket = "NOTIFY_SOCKET"

// relay hands on what the daemon says to systemd, which hears only the process that it started. Its own socket has a name that is no file.
type relay struct {
	conn *net.UnixConn
	hand func(message string) error
}

// newRelay listens; nil where systemd did not start us.
func newRelay() (*relay, error) {
	if os.Getenv(notifySocket) == "" {
		return nil, nil
	}
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: "@maskwarden-" + rand.Text(), Net: "unixgram"})
	if err != nil {
		return nil, fmt.Errorf("hear what the daemon says to systemd: %w", err)
	}
	raw, err := conn.SyscallConn()
	if err == nil {
		err = raw.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_PASSCRED, 1) })
	}
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("hear what the daemon says to systemd: %w", err)
	}
	return &relay{conn, func(message string) error {
		_, err := sd.SdNotify(false, message)
		return err
	}}, nil
}

// run hands on what one process says, until Close. Others may reach the socket, too, and are not heard.
func (r *relay) run(pid int) {
	message, control := make([]byte, 4096), make([]byte, unix.CmsgSpace(unix.SizeofUcred))
	for {
		n, c, _, _, err := r.conn.ReadMsgUnix(message, control)
		if err != nil {
			return
		}
		if from(control[:c]) == pid {
			_ = r.hand(string(message[:n])) // the watchdog notices
		}
	}
}

// from is the process that sent a message, 0 where the kernel does not say.
func from(control []byte) int {
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return 0
	}
	for i := range messages {
		if c, err := unix.ParseUnixCredentials(&messages[i]); err == nil {
			return int(c.Pid)
		}
	}
	return 0
}

func (r *relay) close() {
	if r != nil {
		_ = r.conn.Close() // nothing is lost: the daemon has ended
	}
}

// environment is the daemon's. Its messages go to the relay, and systemd's watchdog is fed by it, not by who started it.
func (r *relay) environment() []string {
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "WATCHDOG_PID=") && (r == nil || !strings.HasPrefix(v, notifySocket+"=")) {
			env = append(env, v)
		}
	}
	if r != nil {
		env = append(env, notifySocket+"="+r.conn.LocalAddr().String())
	}
	return env
}

package supervisor

import (
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestSystemdRelay hands on what one process says, and nothing that another says.
func TestSystemdRelay(t *testing.T) {
	t.Setenv(notifySocket, "/run/systemd/notify")
	t.Setenv("WATCHDOG_PID", "1")
	r, err := newRelay()
	if err != nil {
		t.Fatal(err)
	}
	env := r.environment()
	address := r.conn.LocalAddr().String()
	if !strings.HasPrefix(address, "@") || !slices.Contains(env, notifySocket+"="+address) ||
		slices.ContainsFunc(env, func(v string) bool {
			return strings.HasPrefix(v, "WATCHDOG_PID=") || v == notifySocket+"=/run/systemd/notify"
		}) {
		t.Errorf("the daemon's environment is %q", env)
	}
	heard := make(chan string, 4)
	r.hand = func(message string) error { heard <- message; return nil }
	ended := make(chan struct{})
	go func() { r.run(os.Getpid()); close(ended) }()
	other := exec.Command("python3", "-c", `import socket, sys; socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"READY=1", "\0" + sys.argv[1][1:])`, address)
	if out, err := other.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: address, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write([]byte("WATCHDOG=1")); err != nil {
		t.Fatal(err)
	}
	select {
	case message := <-heard:
		if message != "WATCHDOG=1" {
			t.Errorf("handed on %q", message)
		}
	case <-time.After(time.Minute):
		t.Error("nothing was handed on")
	}
	_ = conn.Close()
	r.close()
	<-ended
	t.Setenv(notifySocket, "")
	if r, err := newRelay(); r != nil || err != nil {
		t.Errorf("without systemd: %v, %v", r, err)
	}
}

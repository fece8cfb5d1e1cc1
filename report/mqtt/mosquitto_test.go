package mqtt_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// mosquitto is a real broker on a free port of the loopback interface; it may be another one.
type mosquitto struct {
	program string
	addr    string
	conf    string
	cmd     *exec.Cmd
}

func startMosquitto(t testing.TB, settings ...string) *mosquitto {
	t.Helper()
	m := &mosquitto{program: "mosquitto", addr: freeAddr(t), conf: filepath.Join(t.TempDir(), "mosquitto.conf")}
	_, port, _ := net.SplitHostPort(m.addr)
	lines := append([]string{"user root", "persistence false", "log_type error", "listener " + port + " 127.0.0.1"}, settings...)
	if !slices.ContainsFunc(lines, func(s string) bool { return strings.HasPrefix(s, "allow_anonymous") }) {
		lines = append(lines, "allow_anonymous true")
	}
	if err := os.WriteFile(m.conf, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	m.start(t)
	t.Cleanup(m.kill)
	return m
}

// listenToo restarts it with another listener, which it returns.
func (m *mosquitto) listenToo(t testing.TB, settings ...string) (addr string) {
	t.Helper()
	addr = freeAddr(t)
	_, port, _ := net.SplitHostPort(addr)
	conf, err := os.OpenFile(m.conf, os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = fmt.Fprintf(conf, "listener %s 127.0.0.1\n%s\n", port, strings.Join(settings, "\n"))
	}
	if err := errors.Join(err, conf.Close()); err != nil {
		t.Fatal(err)
	}
	m.kill()
	m.start(t)
	return addr
}

func (m *mosquitto) start(t testing.TB) {
	t.Helper()
	path, err := exec.LookPath(m.program)
	if err != nil { // the second is where make setup puts what is not Debian's
		path = map[string]string{"mosquitto": "/usr/sbin/mosquitto", "nats-server": "../../.cache/bin/nats-server"}[m.program]
	}
	m.cmd = exec.Command(path, "-c", m.conf)
	m.cmd.Stderr = os.Stderr
	if err := m.cmd.Start(); err != nil {
		t.Fatalf("%v: run `make setup`", err)
	}
	until(t, m.program+" listens", func() bool {
		c, err := net.Dial("tcp", m.addr)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
}

// startNATS starts a NATS server, which speaks MQTT too and keeps what it acknowledged in files.
func startNATS(t testing.TB) *mosquitto {
	t.Helper()
	m := &mosquitto{program: "nats-server", addr: freeAddr(t), conf: filepath.Join(t.TempDir(), "nats.conf")}
	text := fmt.Sprintf("listen: %q\nserver_name: chaos\njetstream {store_dir: %q}\nmqtt {listen: %q}\nlog_file: %q\n",
		freeAddr(t), t.TempDir(), m.addr, filepath.Join(t.TempDir(), "nats.log"))
	if err := os.WriteFile(m.conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	m.start(t)
	t.Cleanup(m.kill)
	return m
}

// kill ends the broker as a power cut would.
func (m *mosquitto) kill() {
	_ = m.cmd.Process.Kill()
	_ = m.cmd.Wait()
}

// end ends the broker as its service does.
func (m *mosquitto) end() {
	_ = m.cmd.Process.Signal(syscall.SIGTERM)
	_ = m.cmd.Wait()
}

package cli_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/maskwarden/maskwarden/disktest"
	"github.com/maskwarden/maskwarden/report/outbox"
)

// stopLimit is how long a daemon may take to end, whatever holds it.
const stopLimit = 10 * time.Second

// stopping is a daemon that something holds when SIGTERM comes.
type stopping struct {
	*exec.Cmd
	t        *testing.T
	dir      string // of its configuration and log
	state    string // its folder
	page     string // address
	broker   *exec.Cmd
	brokerAt string
	log      *os.File
}

// begins waits until the daemon has judged frames.
func (s *stopping) begins() { s.ready("frames") }

// ready waits for one condition of readiness.
func (s *stopping) ready(condition string) {
	until(s.t, condition+" is ok", func() bool {
		r, err := http.Get("http://" + s.page + "/readyz")
		if err != nil {
			return false
		}
		defer r.Body.Close()
		text, err := io.ReadAll(r.Body)
		return err == nil && strings.Contains(string(text), fmt.Sprintf(`"%s": "ok"`, condition))
	})
}

// logs waits for a text in the log.
func (s *stopping) logs(text string) {
	until(s.t, "the log says "+text, func() bool {
		b, err := os.ReadFile(s.log.Name())
		return err == nil && strings.Contains(string(b), text)
	})
}

// silent is a peer that accepts connections and never says a word.
func silent(t *testing.T) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			if _, err := l.Accept(); err != nil { // what it accepts stays open as long as the test
				return
			}
		}
	}()
	return l.Addr().String()
}

// decoders are the children of the daemon, which is itself a child.
func decoders(t *testing.T, supervisor int) (pids []int) {
	t.Helper()
	for _, daemon := range children(t, supervisor) {
		pids = append(pids, children(t, daemon)...)
	}
	return pids
}

// children are the processes that a process has started.
func children(t *testing.T, parent int) (pids []int) {
	t.Helper()
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", parent))
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range tasks {
		text, _ := os.ReadFile(task) // a thread may have ended
		for field := range strings.FieldsSeq(string(text)) {
			pid, err := strconv.Atoi(field)
			if err != nil {
				t.Fatal(err)
			}
			pids = append(pids, pid)
		}
	}
	return pids
}

// full returns the end of a pipe into which not one byte more goes.
func full(t *testing.T) *os.File {
	t.Helper()
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	r, w := os.NewFile(uintptr(ends[0]), "reader"), os.NewFile(uintptr(ends[1]), "writer")
	t.Cleanup(func() { _, _ = r.Close(), w.Close() })
	if err := unix.SetNonblock(ends[1], true); err != nil {
		t.Fatal(err)
	}
	for size := 4096; size > 0; size /= 2 {
		for {
			if _, err := unix.Write(ends[1], make([]byte, size)); err != nil {
				break
			}
		}
	}
	if err := unix.SetNonblock(ends[1], false); err != nil {
		t.Fatal(err)
	}
	return w
}

// TestStops holds a daemon in each way that is known, and sends SIGTERM: it ends within stopLimit, with code 0 where nothing was lost.
func TestStops(t *testing.T) {
	const door = `{name: door, source: "synthetic://?people=2"}`
	for _, c := range []struct {
		name    string
		cameras string // beside the synthetic one
		broker  string // its address; "": a mosquitto that works
		before  func(s *stopping)
		hold    func(s *stopping)
		code    int
	}{
		{name: "while it starts", hold: func(s *stopping) { s.logs("model ready") }},
		{name: "at work", hold: func(s *stopping) { s.begins(); s.logs("connected to the broker") }},
		{name: "a broker that never answers", broker: silent(t), hold: (*stopping).begins},
		{name: "a broker that hangs", hold: func(s *stopping) {
			s.begins()
			s.logs("connected to the broker")
			_ = s.broker.Process.Signal(syscall.SIGSTOP)
			time.Sleep(2 * time.Second)
		}},
		{name: "thousands of events waiting for a broker that hangs", before: func(s *stopping) { waiting(s.t, s.state) }, hold: func(s *stopping) {
			s.logs("connected to the broker")
			_ = s.broker.Process.Signal(syscall.SIGSTOP)
			s.begins()
		}},
		{name: "cameras that never answer", cameras: fmt.Sprintf(`,{name: a, source: "http://%s/x"}, {name: b, source: "rtsp://%s/x"}, {name: c, source: "rtsps://%s/x"}`,
			silent(t), silent(t), silent(t)), hold: (*stopping).begins},
		{name: "a decoder that hangs", cameras: fmt.Sprintf(`,{name: a, source: %q}`, flicker(t)), hold: func(s *stopping) {
			s.begins()
			until(t, "a decoder runs", func() bool { return len(decoders(t, s.Process.Pid)) > 0 })
			for _, pid := range decoders(t, s.Process.Pid) {
				_ = syscall.Kill(pid, syscall.SIGSTOP)
			}
		}},
		{name: "readers of the page that read nothing", hold: func(s *stopping) {
			s.begins()
			const get = "GET %s HTTP/1.1\r\nHost: %s\r\n"
			for _, request := range []string{
				fmt.Sprintf(get+"\r\n", "/camera/door.mjpeg", s.page), fmt.Sprintf(get+"\r\n", "/events", s.page), fmt.Sprintf(get, "/", s.page), "",
			} {
				conn, err := net.Dial("tcp", s.page)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = conn.Close() })
				_ = conn.(*net.TCPConn).SetReadBuffer(4096)
				fmt.Fprint(conn, request)
			}
			time.Sleep(2 * time.Second)
		}},
		{name: "silent clients of the control socket", hold: func(s *stopping) {
			s.begins()
			for _, text := range []string{"", `{"command":`} {
				conn, err := net.Dial("unix", filepath.Join(s.state, "control.sock"))
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = conn.Close() })
				fmt.Fprint(conn, text)
			}
		}},
		{name: "a full self-test", hold: func(s *stopping) {
			s.ready("health")
			ask := program(t, "selftest", "--config", filepath.Join(s.dir, "maskwarden.yaml"))
			out := listen(t, ask)
			until(t, "a check has ended", func() bool { return out.last("") != "" })
		}},
		{name: "a disk that hangs", before: func(s *stopping) {
			if !disktest.Mount(s.t, s.state) {
				s.t.Log("only root can mount a file system: an ordinary folder stands for it")
			}
		}, hold: func(s *stopping) {
			s.ready("health")
			if os.Geteuid() == 0 {
				disktest.Freeze(s.t, s.state)
			}
			s.logs("the disk does not answer")
		}, code: 1},
		{name: "a full pipe as its log", before: func(s *stopping) { s.Stderr = full(t) }, hold: (*stopping).begins},
		{name: "other signals", hold: func(s *stopping) {
			s.begins()
			for _, n := range []syscall.Signal{syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGQUIT, syscall.SIGPIPE, syscall.SIGALRM, 40} {
				_ = s.Process.Signal(n)
			}
			s.logs("signal=hangup")
		}},
		{name: "a second SIGTERM", broker: silent(t), hold: func(s *stopping) {
			s.begins()
			_ = s.Process.Signal(syscall.SIGTERM)
			time.Sleep(500 * time.Millisecond)
		}, code: 130},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := &stopping{t: t, dir: t.TempDir(), state: t.TempDir(), page: freeAddress(t), brokerAt: c.broker}
			if s.brokerAt == "" {
				s.brokerAt = freeAddress(t)
				s.broker = startBroker(t, s.brokerAt)
			}
			config := filepath.Join(s.dir, "maskwarden.yaml")
			text := fmt.Sprintf("state_dir: %q\ncameras: [%s%s]\ndecision: {repeat: 1s}\nhttp: {listen: %q}\nmqtt: {broker: \"mqtt://%s\"}\n", s.state, door, c.cameras, s.page, s.brokerAt)
			if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			log, err := os.Create(filepath.Join(s.dir, "log"))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				_ = log.Close()
				if text, err := os.ReadFile(log.Name()); t.Failed() && err == nil {
					t.Logf("%s", text[max(0, len(text)-3000):])
				}
			})
			s.Cmd, s.log = program(t, "run", "--config", config), log
			s.Stderr = log
			if c.before != nil {
				c.before(s)
			}
			if err := s.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Process.Kill() })
			c.hold(s)
			began := time.Now()
			_ = s.Process.Signal(syscall.SIGTERM)
			ended := make(chan error, 1)
			go func() { ended <- s.Wait() }()
			select {
			case <-ended:
			case <-time.After(patience):
				t.Fatal("it does not end")
			}
			took := time.Since(began)
			t.Logf("ended after %v with %d", took, s.ProcessState.ExitCode())
			if took > stopLimit || s.ProcessState.ExitCode() != c.code {
				t.Errorf("want %v and %d", stopLimit, c.code)
			}
		})
	}
}

// TestKill: who kills the supervisor kills the daemon.
func TestKill(t *testing.T) {
	page := freeAddress(t)
	c := program(t, "run", "--config", file(t, "maskwarden.yaml", fmt.Sprintf("state_dir: %q\ncameras: [{name: door, source: \"synthetic://\"}]\nhttp: {listen: %q}\n", t.TempDir(), page)))
	listen(t, c)
	answers := func() bool {
		conn, err := net.Dial("tcp", page)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	}
	until(t, "the page answers", answers)
	_ = c.Process.Kill()
	_ = c.Wait()
	until(t, "the daemon is gone", func() bool { return !answers() })
}

// TestCrash: a daemon that a signal ends, as a fault in a library does, is back by itself; its supervisor says so, and stays.
func TestCrash(t *testing.T) {
	dir := t.TempDir()
	c := program(t, "run", "--config", file(t, "maskwarden.yaml", fmt.Sprintf("state_dir: %q\ncameras: [{name: door, source: \"synthetic://\"}]\nhttp: {listen: \"\"}\n", dir)))
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	c.Stderr = log
	listen(t, c)
	running := func() bool { return children(t, c.Process.Pid) != nil && exists(filepath.Join(dir, "control.sock")) }
	until(t, "the daemon runs", running)
	first := children(t, c.Process.Pid)[0]
	if err := os.Remove(filepath.Join(dir, "control.sock")); err != nil {
		t.Fatal(err)
	}
	_ = syscall.Kill(first, syscall.SIGKILL)
	until(t, "another runs", func() bool { return running() && children(t, c.Process.Pid)[0] != first })
	_ = c.Process.Signal(syscall.SIGTERM)
	if err := c.Wait(); err != nil {
		t.Error(err)
	}
	if text, err := os.ReadFile(log.Name()); err != nil || !strings.Contains(string(text), "begun again\" signal=killed after=1s") {
		t.Errorf("the log says (%v):\n%s", err, text)
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// TestSystemdHears: messages reach systemd, and come from the process that it started.
func TestSystemdHears(t *testing.T) {
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(t.TempDir(), "notify"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	raw, err := socket.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	_ = raw.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_PASSCRED, 1) })
	if err != nil {
		t.Fatal(err)
	}
	c := program(t, "run", "--config", file(t, "maskwarden.yaml", fmt.Sprintf("state_dir: %q\ncameras: [{name: door, source: \"synthetic://\"}]\nhttp: {listen: \"\"}\n", t.TempDir())))
	c.Env = append(c.Env, "NOTIFY_SOCKET="+socket.LocalAddr().String(), "WATCHDOG_USEC=1000000", "WATCHDOG_PID=1")
	listen(t, c)
	heard := map[string]bool{}
	message, control := make([]byte, 4096), make([]byte, unix.CmsgSpace(unix.SizeofUcred))
	for _, want := range []string{"READY=1", "WATCHDOG=1", "STATUS=ok", "STOPPING=1"} {
		if want == "STOPPING=1" {
			_ = c.Process.Signal(syscall.SIGTERM)
		}
		for !heard[want] {
			_ = socket.SetReadDeadline(time.Now().Add(patience))
			n, k, _, _, err := socket.ReadMsgUnix(message, control)
			if err != nil {
				t.Fatalf("no %s: %v", want, err)
			}
			heard[string(message[:n])] = true
			messages, err := unix.ParseSocketControlMessage(control[:k])
			if err != nil {
				t.Fatal(err)
			}
			if sender, err := unix.ParseUnixCredentials(&messages[0]); err != nil || int(sender.Pid) != c.Process.Pid {
				t.Errorf("%s comes from %v, want %d (%v)", message[:n], sender, c.Process.Pid, err)
			}
		}
	}
	if err := c.Wait(); err != nil {
		t.Error(err)
	}
}

// waiting fills an outbox.
func waiting(t *testing.T, state string) {
	t.Helper()
	o := &outbox.Outbox{Dir: state}
	o.Initialize()
	for range 5000 {
		o.Append(func(seq uint64, _ bool) []byte {
			return fmt.Appendf(nil, `{"schema":"maskwarden.event/1","seq":%d}`, seq)
		})
	}
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
}

package decode

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"gocv.io/x/gocv"
	"golang.org/x/sys/unix"
)

// askPatience is how long a decoder may take to read a request.
const askPatience = 30 * time.Second

// process is a decoder. Its methods are called from one goroutine; the context may end it at any time.
type process struct {
	cmd     *exec.Cmd
	in, out *os.File // requests to it, answers from it
	said    *os.File // what its libraries print
	stop    func() bool

	buf    [headerSize]byte
	header header
}

// environment is what a decoder's libraries may know.
func environment() []string {
	env := []string{"MALLOC_ARENA_MAX=2", fmt.Sprintf("OPENCV_IO_MAX_IMAGE_PIXELS=%d", MaxPixels)}
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		switch {
		case name == "PATH", name == "HOME", name == "LD_LIBRARY_PATH", name == "GOCOVERDIR", strings.HasPrefix(name, "GST_"):
			env = append(env, v)
		}
	}
	return env
}

// Program is what starts this program with other arguments.
func Program(args ...string) (argv []string, err error) {
	runner := strings.Fields(os.Getenv(RunnerVariable))
	if len(runner) == 0 {
		return append([]string{"/proc/self/exe"}, args...), nil
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return append(append(runner, self), args...), nil
}

// start runs this program as a decoder. file, which may be nil, is its descriptor 4.
func start(ctx context.Context, file *os.File) (_ *process, err error) {
	argv, err := Program(Argument)
	if err != nil {
		return nil, fmt.Errorf("start a decoder: %w", err)
	}
	p := &process{cmd: exec.Command(argv[0], argv[1:]...)}
	var theirs []*os.File
	defer func() {
		for _, f := range theirs {
			err = errors.Join(err, f.Close())
		}
		if err != nil {
			err = errors.Join(fmt.Errorf("start a decoder: %w", err), p.closeFiles())
		}
	}()
	requests, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	p.in, theirs = in, append(theirs, requests)
	out, answers, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	p.out, theirs = out, append(theirs, answers)
	widen(out)
	fd, err := unix.MemfdCreate("decoder's words", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, err
	}
	p.said = os.NewFile(uintptr(fd), "decoder's words")
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_SETFL, unix.O_APPEND); err != nil {
		return nil, err
	}
	p.cmd.Stdin, p.cmd.Stderr = requests, p.said
	p.cmd.ExtraFiles = []*os.File{answers}
	if file != nil {
		p.cmd.ExtraFiles = append(p.cmd.ExtraFiles, file)
	}
	p.cmd.Env = environment()
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a terminal's Ctrl-C is for us
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	child := p.cmd.Process
	p.stop = context.AfterFunc(ctx, func() { _ = child.Kill() }) // it may be gone already
	return p, nil
}

// widen lets a decoder run ahead; a smaller pipe does too.
func widen(f *os.File) {
	if raw, err := f.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) { _, _ = unix.FcntlInt(fd, unix.F_SETPIPE_SZ, 1<<20) })
	}
}

// ask sends a request, and the bytes of a still.
func (p *process) ask(r *request, data []byte) error {
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if err := p.in.SetWriteDeadline(time.Now().Add(askPatience)); err != nil {
		return err
	}
	if _, err := p.in.Write(append(line, '\n')); err != nil {
		return p.died()
	}
	if _, err := p.in.Write(data); err != nil {
		return p.died()
	}
	return nil
}

// answer reads the next answer; of a picture, the pixels into m. Text is what it says of other answers.
func (p *process) answer(m *gocv.Mat, patience time.Duration) (text string, err error) {
	if patience > 0 {
		if err := p.out.SetReadDeadline(time.Now().Add(patience)); err != nil {
			return "", err
		}
	}
	if _, err := io.ReadFull(p.out, p.buf[:]); err != nil {
		return "", p.readFailed(err, patience)
	}
	if err := p.header.parse(p.buf[:]); err != nil {
		return "", err
	}
	var to []byte
	if p.header.kind == answerPicture {
		if to, err = fit(m, int(p.header.width), int(p.header.height)); err != nil {
			return "", err
		}
	} else if p.header.length > 0 {
		to = make([]byte, p.header.length)
	}
	if _, err := io.ReadFull(p.out, to); err != nil {
		return "", p.readFailed(err, patience)
	}
	if p.header.kind == answerPicture {
		return "", nil
	}
	return strings.ToValidUTF8(string(to), "?"), nil
}

func (p *process) readFailed(err error, patience time.Duration) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("the decoder gave no answer in %v", patience)
	}
	return p.died()
}

// fit gives m so many pixels, and returns them.
func fit(m *gocv.Mat, width, height int) ([]byte, error) {
	if m.Cols() != width || m.Rows() != height || m.Type() != gocv.MatTypeCV8UC3 || !m.IsContinuous() {
		if err := m.Close(); err != nil {
			return nil, err
		}
		*m = gocv.NewMatWithSize(height, width, gocv.MatTypeCV8UC3)
	}
	return m.DataPtrUint8()
}

// died tells how the process ended, and what it said last.
func (p *process) died() error {
	_ = p.cmd.Process.Kill() // where it lives, it has closed its answers
	_ = p.cmd.Wait()         // the state tells
	why := "ended"
	if status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus); ok {
		switch {
		case status.Signaled():
			why = "was ended by signal " + unix.SignalName(status.Signal())
		case status.Exited():
			why = fmt.Sprintf("ended with code %d", status.ExitStatus())
		}
	}
	if words := p.words(); words != "" {
		why += ": " + words
	}
	return errors.New("the decoder's process " + why)
}

// words returns the first line that the process printed.
func (p *process) words() string {
	buf := make([]byte, 512)
	n, err := p.said.ReadAt(buf, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return ""
	}
	line, _, _ := bytes.Cut(bytes.TrimSpace(buf[:n]), []byte("\n"))
	return strings.ToValidUTF8(string(line), "?")
}

func (p *process) closeFiles() (err error) {
	for _, f := range []*os.File{p.in, p.out, p.said} {
		if f != nil {
			err = errors.Join(err, f.Close())
		}
	}
	return err
}

// close ends the process, whatever it does.
func (p *process) close() error {
	p.stop()
	_ = p.cmd.Process.Kill() // it may be gone already
	_ = p.cmd.Wait()         // it was killed
	return p.closeFiles()
}

package nativelog

import (
	"bufio"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// pipeSize is how many bytes may wait to be logged; the system may grant less.
const pipeSize = 1 << 20

// line is one line as it was printed.
type line struct {
	text   string
	level  slog.Level      // where the line does not say its own
	logged chan<- struct{} // receives once it is logged
}

// stream is one redirected descriptor.
type stream struct {
	number int // 1 or 2
	level  slog.Level

	own    *os.File // where the descriptor led before
	ownFD  int
	pipe   *os.File // where what is printed arrives
	pipeFD int
}

func (s *stream) redirect() error {
	var err error
	if s.ownFD, err = unix.FcntlInt(uintptr(s.number), unix.F_DUPFD_CLOEXEC, 3); err != nil {
		return fmt.Errorf("descriptor %d: %w", s.number, err)
	}
	s.own = os.NewFile(uintptr(s.ownFD), fmt.Sprintf("/dev/fd/%d", s.number))
	// Without O_NONBLOCK a crash would hang: the runtime prints it on descriptor 2, too, when nobody reads the pipe any more.
	var pipe [2]int
	if err := syscall.Pipe2(pipe[:], syscall.O_CLOEXEC|syscall.O_NONBLOCK); err != nil {
		return fmt.Errorf("descriptor %d: %w", s.number, err)
	}
	_, _ = unix.FcntlInt(uintptr(pipe[1]), unix.F_SETPIPE_SZ, pipeSize) // a smaller one does
	s.pipeFD, s.pipe = pipe[0], os.NewFile(uintptr(pipe[0]), "pipe")
	flush()
	if err := errors.Join(syscall.Dup3(pipe[1], s.number, 0), syscall.Close(pipe[1])); err != nil {
		return fmt.Errorf("descriptor %d: %w", s.number, err)
	}
	return nil
}

// read sends each line until the pipe has no writer left.
func (s *stream) read(lines chan<- line) {
	defer s.pipe.Close() //nolint:errcheck // it was only read
	in, logged := bufio.NewReaderSize(s.pipe, maxLine), make(chan struct{})
	for {
		text, err := in.ReadSlice('\n')
		hold(s.number, text)
		lines <- line{string(text), s.level, logged}
		<-logged
		hold(s.number, nil)
		for errors.Is(err, bufio.ErrBufferFull) { // the rest of a line that is too long
			_, err = in.ReadSlice('\n')
		}
		if err != nil {
			return
		}
	}
}

// restore gives the descriptor back. Its pipe then has no writer, and the reader comes to its end.
func (s *stream) restore() error {
	flush()
	if err := syscall.Dup3(s.ownFD, s.number, 0); err != nil {
		return fmt.Errorf("descriptor %d: %w", s.number, err)
	}
	return nil
}

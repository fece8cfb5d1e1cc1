package decode

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// content is what a file holds, whatever its name.
type content int

const (
	other       content = iota // a video, or nothing that is known here
	rawMJPEG                   // JPEG pictures, one after the other
	stillOpenCV                // a picture that OpenCV decodes
	stillFFmpeg                // a picture that FFmpeg decodes
)

// openFile opens a file to read. A pipe that nobody writes to is empty, and not waited for.
func openFile(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
}

// IsStill reports whether a file holds a single picture.
func IsStill(path string) (still bool, err error) {
	f, err := openFile(path)
	if err != nil {
		return false, errors.Unwrap(err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	what, err := sniff(f)
	return what == stillOpenCV || what == stillFFmpeg, err
}

// CheckStill says what can be seen to be wrong with a picture file before it is decoded.
func CheckStill(path string) (err error) {
	f, err := openFile(path)
	if err != nil {
		return errors.Unwrap(err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := checkHeader(f); err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if _, whole := identify(f); !whole {
		return damaged(noEnd)
	}
	return nil
}

// BeginsLikeStill reports whether a file's first bytes are those of a picture.
func BeginsLikeStill(path string) bool {
	f, err := openFile(path)
	if err != nil {
		return false
	}
	defer f.Close() //nolint:errcheck // it was only read
	head := make([]byte, 32)
	n, _ := io.ReadFull(f, head) // a shorter one is none
	head = head[:n]
	what, _ := identify(bytes.NewReader(head))
	return what != other
}

// sniff identifies a file and goes back to its start.
func sniff(f *os.File) (content, error) {
	what, _ := identify(f)
	_, err := f.Seek(0, io.SeekStart)
	return what, err
}

// identify tells what r holds, and, of JPEG and PNG, whether the picture reaches its end.
func identify(r io.Reader) (what content, whole bool) {
	in := bufio.NewReaderSize(r, 1<<16)
	head, _ := in.Peek(32) // a shorter one lacks what is looked for
	has := func(at int, text string) bool {
		return len(head) >= at+len(text) && string(head[at:at+len(text)]) == text
	}
	switch {
	case has(0, "\xff\xd8\xff"), has(0, "\r\n\xff\xd8\xff"):
		return identifyJPEG(in)
	case has(0, "\x89PNG\r\n\x1a\n"):
		return stillOpenCV, wholePNG(in)
	case has(0, "BM") && has(6, "\x00\x00\x00\x00"), has(0, "II*\x00"), has(0, "MM\x00*"), has(0, "RIFF") && has(8, "WEBP"):
		return stillOpenCV, true
	case has(4, "ftypavif"), has(4, "ftypheic"), has(4, "ftypheix"), has(4, "ftypmif1"), has(0, "\xff\x0a"), has(4, "JXL "), has(4, "jP  "):
		return stillFFmpeg, true
	}
	return other, true
}

// identifyJPEG walks from marker to marker. Another picture behind the first one makes it a video, unless it says
// that it is a picture of several (MPO).
func identifyJPEG(in *bufio.Reader) (what content, whole bool) {
	several := false
	for started := false; ; {
		b, err := in.ReadByte()
		if err != nil {
			return stillOpenCV, false
		}
		if b != 0xff {
			continue
		}
		marker, err := in.ReadByte()
		for err == nil && marker == 0xff {
			marker, err = in.ReadByte()
		}
		switch {
		case err != nil:
			return stillOpenCV, false
		case marker == 0xd8 && started: // the first picture was cut
			return rawMJPEG, false
		case marker == 0xd8:
			started = true
		case marker == 0xd9:
			if next, _ := in.Peek(3); !several && bytes.Equal(next, []byte("\xff\xd8\xff")) {
				return rawMJPEG, true
			}
			return stillOpenCV, true
		case marker <= 1, marker >= 0xd0 && marker <= 0xd7: // coded pixels
		default:
			var size [2]byte
			if _, err := io.ReadFull(in, size[:]); err != nil {
				return stillOpenCV, false
			}
			n := int(size[0])<<8 | int(size[1])
			if start, _ := in.Peek(4); marker == 0xe2 && string(start) == "MPF\x00" {
				several = true
			}
			if _, err := in.Discard(max(0, n-2)); err != nil {
				return stillOpenCV, false
			}
		}
	}
}

// wholePNG reports whether the chunks reach the last one.
func wholePNG(in *bufio.Reader) bool {
	if _, err := in.Discard(8); err != nil {
		return false
	}
	for {
		var head [8]byte
		if _, err := io.ReadFull(in, head[:]); err != nil {
			return false
		}
		if string(head[4:]) == "IEND" {
			return true
		}
		n := int(head[0])<<24 | int(head[1])<<16 | int(head[2])<<8 | int(head[3])
		if _, err := in.Discard(n + 4); err != nil {
			return false
		}
	}
}

// Incoming is what a server sends.
type Incoming struct {
	Still  []byte    // a single picture, all of it
	Format string    // FFmpeg's name of what Stream gives; "" = to be found out
	Head   []byte    // the first bytes
	Stream io.Reader // everything, from the first byte on, where it is no single picture
}

// maxIncoming is how large a single picture from a server may be, in bytes.
const maxIncoming = 64 << 20

// Receive finds out what a server sends. It reads a single picture to its end, and of anything else the start.
func Receive(r io.Reader) (Incoming, error) {
	var seen bytes.Buffer
	head := io.LimitReader(r, maxIncoming)
	what, _ := identify(io.TeeReader(head, &seen))
	in := Incoming{Head: seen.Bytes()[:min(seen.Len(), 512)]}
	switch what {
	case stillOpenCV, stillFFmpeg:
		if _, err := seen.ReadFrom(head); err != nil {
			return in, err
		}
		if in.Still = seen.Bytes(); len(in.Still) == maxIncoming {
			return in, fmt.Errorf("the picture is larger than %d MB", maxIncoming>>20)
		}
		return in, nil
	case rawMJPEG:
		in.Format = "mjpeg"
	}
	in.Stream = io.MultiReader(&seen, r)
	return in, nil
}

package decode

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"gocv.io/x/gocv"
)

// How long a decoder may be silent.
const (
	filePatience = 2 * time.Minute // for one picture of a file
	openPatience = 20 * time.Second
)

// Stream is a video, a network stream or a device. Its methods are called from one goroutine.
type Stream struct {
	Info

	process *process
	live    bool
	took    time.Duration
}

// URLOptions are what a network stream may take.
type URLOptions struct {
	OpenTimeout, ReadTimeout time.Duration
	Protocols                string // FFmpeg's names of those that may be used, with commas between
}

// DeviceOptions are what is asked of a device; 0 = its own. It may not be able to.
type DeviceOptions struct {
	API           gocv.VideoCaptureAPI
	Elements      []string // of GStreamer, without which OpenCV would wait for ever
	Width, Height int
	FPS           float64
}

// OpenFile opens a video. The decoder gets the file, not its name.
func OpenFile(ctx context.Context, path string) (s *Stream, err error) {
	f, err := openFile(path)
	if err != nil {
		return nil, errors.Unwrap(err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	r := &request{Kind: kindFile}
	if what, err := sniff(f); err != nil {
		return nil, err
	} else if what == rawMJPEG {
		r.Format = "mjpeg"
	}
	return open(ctx, f, r, openPatience+filePatience, false)
}

// OpenPipe opens a stream whose bytes come through a pipe. format is FFmpeg's name of
// it, where its start misleads; else "". The caller may close its end afterward.
func OpenPipe(ctx context.Context, pipe *os.File, format string, o URLOptions) (*Stream, error) {
	return open(ctx, pipe, &request{
		Kind: kindPipe, Format: format, OpenMS: int(o.OpenTimeout.Milliseconds()), ReadMS: int(o.ReadTimeout.Milliseconds()),
	}, 0, true)
}

// OpenURL opens a network stream.
func OpenURL(ctx context.Context, url string, o URLOptions) (*Stream, error) {
	return open(ctx, nil, &request{
		Kind: kindURL, Name: url, Protocols: o.Protocols,
		OpenMS: int(o.OpenTimeout.Milliseconds()), ReadMS: int(o.ReadTimeout.Milliseconds()),
	}, 0, true)
}

// OpenDevice opens what OpenCV's backends do: a V4L2 device, or a GStreamer pipeline.
func OpenDevice(ctx context.Context, name string, o DeviceOptions) (*Stream, error) {
	return open(ctx, nil, &request{
		Kind: kindDevice, Name: name, API: int(o.API), Elements: o.Elements, Width: o.Width, Height: o.Height, FPS: o.FPS,
	}, 0, true)
}

func open(ctx context.Context, file *os.File, r *request, patience time.Duration, live bool) (*Stream, error) {
	p, err := start(ctx, file)
	if err != nil {
		return nil, err
	}
	s := &Stream{process: p, live: live}
	if err := s.opened(r, patience); err != nil {
		return nil, errors.Join(err, p.close())
	}
	return s, nil
}

func (s *Stream) opened(r *request, patience time.Duration) error {
	if err := s.process.ask(r, nil); err != nil {
		return err
	}
	text, err := s.process.answer(nil, patience)
	h := &s.process.header
	switch {
	case err != nil:
		return err
	case h.kind == answerError && text == "":
		return ErrNotOpened
	case h.kind == answerError && strings.HasPrefix(text, ErrNoElement.Error()):
		return fmt.Errorf("%w%s", ErrNoElement, strings.TrimPrefix(text, ErrNoElement.Error()))
	case h.kind == answerError:
		return errors.New(text)
	case h.kind != answerInfo:
		return errProtocol
	}
	s.Info = Info{FPS: h.fps, Count: float64(h.count)}
	return nil
}

// Read puts the next picture into m, BGR of 8 bits. After ErrDamaged the next may be whole; io.EOF is the end.
func (s *Stream) Read(m *gocv.Mat) error {
	patience := time.Duration(0) // a camera may be silent for as long as its owner likes
	if !s.live {
		patience = filePatience
	}
	text, err := s.process.answer(m, patience)
	if err != nil {
		return err
	}
	s.took = s.process.header.took
	switch s.process.header.kind {
	case answerPicture:
		return nil
	case answerDamaged:
		return damaged(text)
	case answerEnd:
		return io.EOF
	case answerError:
		return errors.New(text)
	}
	return errProtocol
}

// Took is how long the last picture took to decode. Of a live source it holds no waiting.
func (s *Stream) Took() time.Duration { return s.took }

// Close ends the decoder.
func (s *Stream) Close() error { return s.process.close() }

func damaged(why string) error {
	if why == "" {
		return ErrDamaged
	}
	return fmt.Errorf("%w: %s", ErrDamaged, why)
}

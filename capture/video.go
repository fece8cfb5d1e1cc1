package capture

import (
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/maskwarden/maskwarden/capture/decode"
	"github.com/maskwarden/maskwarden/frame"
)

// video reads what a decoder opens: devices, streams and files.
type video struct {
	stream *decode.Stream
	live   bool
	line   line         // that network streams come by; nil = none
	logger *slog.Logger // of files
	read   float64
}

// line is a connection to a camera. Err says why it ended.
type line interface {
	Err() error
	Close()
}

// Read implements Source.
func (v *video) Read(f *frame.Frame) error {
	err := v.stream.Read(&f.Image)
	switch {
	case errors.Is(err, io.EOF):
		return v.end()
	case err != nil:
		return err
	}
	v.read++
	f.Took[frame.Decode] = v.stream.Took()
	return nil
}

// end distinguishes a proper end from a failure.
func (v *video) end() error {
	switch {
	case v.line != nil && v.line.Err() != nil:
		return fmt.Errorf("the stream ended: %w", v.line.Err())
	case v.live:
		return errors.New("the stream ended")
	case v.read == 0:
		return errors.New("not one picture could be decoded: is it a video, and whole?")
	case v.read < 0.9*v.stream.Count:
		v.logger.Warn("video ends early: it is truncated or damaged", "pictures", v.read, "declared", v.stream.Count)
	}
	return io.EOF
}

// Close implements Source.
func (v *video) Close() error {
	err := v.stream.Close()
	if v.line != nil {
		v.line.Close()
	}
	return err
}

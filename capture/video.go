package capture

import (
	"errors"
	"io"
	"log/slog"
	"time"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/frame"
)

// video reads what OpenCV opens: devices, streams and files.
type video struct {
	capture *videoCapture
	live    bool
	logger  *slog.Logger // of files
	count   float64      // pictures that the file declares, an estimate; 0 = unknown
	read    float64
}

// openVideo opens what a live source names; videoInput makes it a file.
func openVideo(uri string, api gocv.VideoCaptureAPI, params ...int32) (*video, error) {
	capture, err := openVideoCapture(uri, api, params...)
	if err != nil {
		return nil, err
	}
	w, h := capture.get(gocv.VideoCaptureFrameWidth), capture.get(gocv.VideoCaptureFrameHeight)
	if err := checkSize(int(w), int(h)); err != nil {
		capture.close()
		return nil, err
	}
	return &video{capture: capture, live: true}, nil
}

// fps returns the pictures a second that the source declares, or 0.
func (v *video) fps() float64 {
	fps := v.capture.get(gocv.VideoCaptureFPS)
	if !(fps > 0 && fps <= 1000) { // some declare their clock's rate, some none
		return 0
	}
	return fps
}

// Read implements Source. Of a live source, which mostly waits, Took counts the conversion only.
func (v *video) Read(f *frame.Frame) error {
	start := time.Now()
	if !v.capture.grab() {
		return v.end()
	}
	if v.live {
		start = time.Now()
	}
	if !v.capture.retrieve(&f.Image) {
		return v.end()
	}
	v.read++
	f.Took[frame.Decode] = time.Since(start)
	return nil
}

// end distinguishes a proper end from a failure.
func (v *video) end() error {
	switch {
	case v.live:
		return v.capture.failed("the stream ended")
	case v.capture.fault[0] != 0:
		return v.capture.failed("")
	case v.read == 0:
		return errors.New("not one picture could be decoded: is it a video, and whole?")
	case v.read < 0.9*v.count:
		v.logger.Warn("video ends early: it is truncated or damaged", "pictures", v.read, "declared", v.count)
	}
	return io.EOF
}

// Close implements Source.
func (v *video) Close() error {
	v.capture.close()
	return nil
}

package capture

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/capture/decode"
)

func (c *Camera) v4l2Input(path string) (opener, error) {
	if !strings.HasPrefix(path, "/dev/") {
		return nil, errors.New("want a device as v4l2:///dev/video0 or v4l2:///dev/v4l/by-id/NAME")
	}
	return func(ctx context.Context) (Source, float64, error) {
		f, err := os.OpenFile(path, os.O_RDWR, 0) // OpenCV does not say why it could not
		switch {
		case errors.Is(err, os.ErrNotExist):
			return nil, 0, errors.New("no such device: is the camera plugged in? `ls /dev/v4l/by-id` lists those that are")
		case errors.Is(err, os.ErrPermission):
			return nil, 0, errors.New("permission denied: the daemon's user must be in group video")
		case err != nil:
			return nil, 0, err
		}
		if err := f.Close(); err != nil {
			return nil, 0, err
		}
		s, err := decode.OpenDevice(ctx, path, decode.DeviceOptions{API: gocv.VideoCaptureV4L2, Width: c.Width, Height: c.Height, FPS: c.FPS})
		if err != nil {
			return nil, 0, fmt.Errorf("%w: is it a camera, and does no other program hold it?", err)
		}
		return &video{stream: s, live: true}, s.FPS, nil
	}, nil
}

func (c *Camera) csiInput(rest string) (opener, error) {
	sensor, err := strconv.ParseUint(rest, 10, 8)
	if err != nil {
		return nil, errors.New("want the number of the sensor as csi://0")
	}
	pipeline := c.csiPipeline(sensor)
	return func(ctx context.Context) (Source, float64, error) {
		s, err := decode.OpenDevice(ctx, pipeline, decode.DeviceOptions{
			API: gocv.VideoCaptureGstreamer, Elements: []string{"nvarguscamerasrc", "nvvidconv"},
		})
		switch {
		case errors.Is(err, decode.ErrNoElement):
			return nil, 0, fmt.Errorf("%w: it comes with NVIDIA's JetPack", err)
		case err != nil:
			return nil, 0, fmt.Errorf("%w: is there a sensor in slot %d?", err, sensor)
		}
		return &video{stream: s, live: true}, s.FPS, nil
	}, nil
}

// csiPipeline is the GStreamer pipeline of a Jetson's CSI camera, as in NVIDIA's Accelerated GStreamer guide.
func (c *Camera) csiPipeline(sensor uint64) string {
	caps := "video/x-raw(memory:NVMM),format=NV12"
	if c.Width > 0 && c.Height > 0 {
		caps += fmt.Sprintf(",width=%d,height=%d", c.Width, c.Height)
	}
	if c.FPS > 0 {
		caps += fmt.Sprintf(",framerate=%d/1000", int(c.FPS*1000+0.5))
	}
	return fmt.Sprintf("nvarguscamerasrc sensor-id=%d ! %s ! nvvidconv ! video/x-raw,format=BGRx ! %s", sensor, caps, csiTail)
}

// csiTail hands OpenCV the newest picture only.
const csiTail = "videoconvert ! video/x-raw,format=BGR ! appsink drop=true max-buffers=1 sync=false"

package capture

import (
	"strings"
	"testing"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/capture/decode"
	"github.com/maskwarden/maskwarden/frame"
)

func TestCSIPipeline(t *testing.T) {
	const tail = " ! nvvidconv ! video/x-raw,format=BGRx ! videoconvert ! video/x-raw,format=BGR ! appsink drop=true max-buffers=1 sync=false"
	for _, c := range []struct {
		camera *Camera
		want   string
	}{
		{&Camera{}, "nvarguscamerasrc sensor-id=1 ! video/x-raw(memory:NVMM),format=NV12" + tail},
		{
			&Camera{Width: 1280, Height: 720, FPS: 29.97},
			"nvarguscamerasrc sensor-id=1 ! video/x-raw(memory:NVMM),format=NV12,width=1280,height=720,framerate=29970/1000" + tail,
		},
	} {
		if got := c.camera.csiPipeline(1); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

// TestPipelineOfGStreamer runs the CSI pipeline with a test picture in place of what only a Jetson has.
func TestPipelineOfGStreamer(t *testing.T) {
	c := &Camera{Width: 320, Height: 240, FPS: 30}
	pipeline := strings.NewReplacer(
		"nvarguscamerasrc sensor-id=0", "videotestsrc num-buffers=5", "(memory:NVMM)", "", "nvvidconv", "videoconvert",
		"drop=true max-buffers=1", "",
	).Replace(c.csiPipeline(0))
	options := decode.DeviceOptions{API: gocv.VideoCaptureGstreamer, Elements: []string{"videotestsrc"}}
	s, err := decode.OpenDevice(t.Context(), pipeline, options)
	if err != nil {
		t.Fatal(err)
	}
	v := &video{stream: s, live: true}
	defer v.Close()
	if s.FPS != 30 {
		t.Errorf("%v pictures a second", s.FPS)
	}
	f := frame.Frame{Image: gocv.NewMat()}
	defer f.Image.Close()
	for i := range 5 {
		if err := v.Read(&f); err != nil || f.Image.Cols() != 320 || f.Image.Type() != gocv.MatTypeCV8UC3 {
			t.Fatalf("picture %d: %v, %d wide", i, err, f.Image.Cols())
		}
	}
	if err := v.Read(&f); err == nil || err.Error() != "the stream ended" {
		t.Errorf("at the end: %v", err)
	}
}

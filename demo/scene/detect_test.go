package scene_test

import (
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/demo/scene"
	"github.com/maskwarden/maskwarden/face"
	"github.com/maskwarden/maskwarden/frame"
)

// TestFacesAreFound holds the truth against CenterFace's boxes, over every kind of mask.
func TestFacesAreFound(t *testing.T) {
	d := &face.Detector{Model: "../../share/maskwarden/centerface.onnx"}
	if err := d.Initialize(); err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	s := &scene.Scene{Width: 640, Height: 360, People: 3, FPS: 1, Every: 3 * time.Second} // FPS and Every: many appearances in few frames
	f := start(t, s)
	faces, found := 0, 0
	var overlap float32
	for range 24 {
		read(t, s, f, 1)
		var err error
		if f.Faces, err = d.Detect(f.Image, f.Faces[:0]); err != nil {
			t.Fatal(err)
		}
		for _, truth := range f.Truth {
			if truth.Label == frame.Unknown {
				continue
			}
			faces++
			best := float32(0)
			for _, v := range f.Faces {
				best = max(best, v.Box.IoU(truth.Box))
			}
			if best >= 0.5 {
				found++
				overlap += best
			}
		}
	}
	if faces < 30 || float64(found) < 0.97*float64(faces) {
		t.Errorf("%d of %d faces found, want 97 %% of 30 or more", found, faces)
	}
	if mean := overlap / float32(max(1, found)); mean < 0.75 {
		t.Errorf("boxes overlap by %.2f, want 0.75 or more", mean)
	}
}

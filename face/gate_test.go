package face_test

import (
	"image"
	"testing"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/face"
	"github.com/maskwarden/maskwarden/frame"
)

func TestGate(t *testing.T) {
	img := astronaut(t)
	d := newDetector(t, face.Detector{})
	faces, err := d.Detect(img, nil)
	if err != nil || len(faces) != 1 {
		t.Fatalf("got %v, %v", faces, err)
	}
	g := new(face.Gate)
	if err := g.Initialize(); err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	changed := func(change func(*frame.Face)) *frame.Face {
		f := faces[0]
		change(&f)
		return &f
	}
	asIs := changed(func(*frame.Face) {})
	blurred := newMat(t, 1, 1, gocv.MatTypeCV8UC3)
	gocv.GaussianBlur(img, &blurred, image.Pt(0, 0), 12, 12, gocv.BorderReflect101)
	noisy := newMat(t, 512, 512, gocv.MatTypeCV8UC3) // sensor noise over a dark picture is not sharpness
	gocv.RandN(&noisy, gocv.NewScalar(8, 8, 8, 0), gocv.NewScalar(4, 4, 4, 0))
	dim := newMat(t, 1, 1, gocv.MatTypeCV8UC3)
	img.ConvertToWithParams(&dim, gocv.MatTypeCV8UC3, 0.3, 0)
	dark, flat := newMat(t, 1, 1, gocv.MatTypeCV8UC3), newMat(t, 1, 1, gocv.MatTypeCV8UC3)
	img.ConvertToWithParams(&dark, gocv.MatTypeCV8UC3, 0.03, 0)
	img.ConvertToWithParams(&flat, gocv.MatTypeCV8UC3, 0.03, 120) // in fog, or behind a dirty dome
	for _, c := range []struct {
		name string
		img  gocv.Mat
		f    *frame.Face
		want frame.Quality
	}{
		{"as it is", img, asIs, frame.Good},
		{"dim", dim, asIs, frame.Good},
		{"blurred", blurred, asIs, frame.Blurred},
		{"dark noise", noisy, asIs, frame.TooDark},
		{"dark", dark, asIs, frame.TooDark},
		{"flat", flat, asIs, frame.TooDark},
		{"too small", img, changed(func(f *frame.Face) { f.Box.X1 = f.Box.X0 + face.DefaultMinSize - 1 }), frame.TooSmall},
		{"small enough", img, changed(func(f *frame.Face) {
			f.Box = frame.Box{X0: 200, Y0: 90, X1: 200 + face.DefaultMinSize, Y1: 110}
		}), frame.Good},
		{"nose beside the eyes", img, changed(func(f *frame.Face) { f.Landmarks[2].X = f.Landmarks[1].X + 30 }), frame.TurnedAway},
		{"to the other side", img, changed(func(f *frame.Face) { f.Landmarks[2].X = f.Landmarks[0].X - 30 }), frame.TurnedAway},
		{"both eyes in one place", img, changed(func(f *frame.Face) { f.Landmarks[0] = f.Landmarks[1] }), frame.TurnedAway},
		{"no landmarks", img, changed(func(f *frame.Face) { f.Landmarks = [5]frame.Point{} }), frame.TurnedAway},
		{"no box", img, changed(func(f *frame.Face) { f.Box = frame.Box{} }), frame.TooSmall},
		{"outside", img, changed(func(f *frame.Face) { f.Box.X0 += 600; f.Box.X1 += 600 }), frame.Blurred},
		{"no picture", gocv.Mat{}, asIs, frame.Blurred},
	} {
		if got := g.Grade(c.img, c.f); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
	if n := testing.AllocsPerRun(100, func() { g.Grade(img, asIs) }); n != 0 && !profiled {
		t.Errorf("%v allocations a face", n)
	}
}

func TestGateErrors(t *testing.T) {
	const tail = ": want each above 0"
	for _, c := range []struct {
		gate face.Gate
		want string
	}{
		{face.Gate{MinSize: -1}, "face gate: min size -1, min brightness 8, min contrast 3, min sharpness 0.03, max yaw 2" + tail},
		{face.Gate{MinSharpness: -1}, "face gate: min size 12, min brightness 8, min contrast 3, min sharpness -1, max yaw 2" + tail},
		{face.Gate{MaxYaw: -1}, "face gate: min size 12, min brightness 8, min contrast 3, min sharpness 0.03, max yaw -1" + tail},
		{face.Gate{MinBrightness: -1}, "face gate: min size 12, min brightness -1, min contrast 3, min sharpness 0.03, max yaw 2" + tail},
		{face.Gate{MinContrast: -1}, "face gate: min size 12, min brightness 8, min contrast -1, min sharpness 0.03, max yaw 2" + tail},
	} {
		if err := c.gate.Initialize(); err == nil || err.Error() != c.want {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
	low := face.Gate{MinSize: 0.01, MinSharpness: 0.001, MaxYaw: 0.01}
	if err := low.Initialize(); err != nil {
		t.Errorf("small limits: %v", err)
	}
	low.Close()
}

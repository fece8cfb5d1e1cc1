package face

import (
	"math"
	"os"
	"slices"
	"testing"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/frame"
)

func boxAt(x, y, side, score float32) frame.Face {
	return frame.Face{Box: frame.Box{X0: x, Y0: y, X1: x + side, Y1: y + side}, Score: score}
}

func TestSuppress(t *testing.T) {
	a, nearA, b, far := boxAt(0, 0, 10, 0.9), boxAt(1, 0, 10, 0.8), boxAt(8, 0, 10, 0.7), boxAt(50, 50, 10, 0.4)
	chained := boxAt(5, 0, 10, 0.6) // overlaps nearA, which is gone, and a by 1/3
	for _, c := range []struct {
		name   string
		in     []frame.Face
		minIoU float32
		want   []frame.Face
	}{
		{"none", nil, 0.3, nil},
		{"one", []frame.Face{a}, 0.3, []frame.Face{a}},
		{"the better one stays", []frame.Face{nearA, a}, 0.3, []frame.Face{a}},
		{"little overlap stays", []frame.Face{b, a}, 0.3, []frame.Face{a, b}},
		{"little overlap goes", []frame.Face{b, a}, 0.1, []frame.Face{a}},
		{"overlap at the limit goes", []frame.Face{boxAt(0, 0, 12, 0.9), boxAt(4, 0, 12, 0.8)}, 0.5, []frame.Face{boxAt(0, 0, 12, 0.9)}},
		{"best first", []frame.Face{far, b, a}, 0.3, []frame.Face{a, b, far}},
		{"equal ones, left first", []frame.Face{boxAt(20, 0, 5, 0.5), boxAt(0, 0, 5, 0.5)}, 0.3,
			[]frame.Face{boxAt(0, 0, 5, 0.5), boxAt(20, 0, 5, 0.5)}},
		{"only the kept suppress", []frame.Face{a, nearA, chained}, 0.35, []frame.Face{a, chained}},
	} {
		if got := suppress(slices.Clone(c.in), c.minIoU); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
	crowd := make([]frame.Face, 3*maxCandidates)
	for i := range crowd {
		crowd[i] = boxAt(float32(20*i), 0, 10, 0.5)
	}
	if got := suppress(crowd, 0.3); len(got) != maxCandidates {
		t.Errorf("of a crowd %d were kept, want %d", len(got), maxCandidates)
	}
}

func TestDecode(t *testing.T) {
	const cols, rows = 8, 6
	m := maps{make([]float32, planes*cols*rows), cols, rows}
	set := func(plane, col, row int, v float64) { m.data[plane*cols*rows+row*cols+col] = float32(v) }
	set(planeScore, 3, 2, 0.8)
	set(planeWidth, 3, 2, math.Log(2))
	set(planeHeight, 3, 2, math.Log(3))
	set(planeOffsetX, 3, 2, 0.25)
	set(planeOffsetY, 3, 2, -0.5)
	set(planeLandmarks, 3, 2, 0.5) // y, then x, of the first
	set(planeLandmarks+1, 3, 2, 0.25)
	set(planeScore, 0, 0, 0.3)        // not above the limit
	set(planeScore, 1, 0, math.NaN()) // nor this
	got := m.decode(nil, 0.3)
	want := frame.Face{Box: frame.Box{X0: 11, Y0: 2, X1: 19, Y1: 14}, Score: 0.8}
	for i := range want.Landmarks {
		want.Landmarks[i] = frame.Point{X: 11, Y: 2}
	}
	want.Landmarks[0] = frame.Point{X: 13, Y: 8}
	if len(got) != 1 {
		t.Fatalf("got %v, want one face", got)
	}
	if d := got[0].Box.IoU(want.Box); math.Abs(float64(d-1)) > 1e-5 || got[0].Score != want.Score {
		t.Errorf("got %+v, want %+v", got[0], want)
	}
	for i, p := range got[0].Landmarks {
		if q := want.Landmarks[i]; math.Hypot(float64(p.X-q.X), float64(p.Y-q.Y)) > 1e-4 {
			t.Errorf("landmark %d: got %v, want %v", i, p, q)
		}
	}
}

func TestNewMapsRefusesOtherSizes(t *testing.T) {
	out := gocv.NewMatWithSize(15, 47, gocv.MatTypeCV32F)
	defer out.Close()
	want := "the net gave 705 numbers for 8x6 cells: want 720"
	if _, err := newMaps(out, 8, 6); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestAppendScaled(t *testing.T) {
	out := appendScaled(nil, []frame.Face{
		{Box: frame.Box{X0: -10, Y0: 0, X1: 30, Y1: 100}},
		{Box: frame.Box{X0: 300, Y0: 0, X1: 330, Y1: 100}},                                                      // outside
		{Box: frame.Box{X0: float32(math.NaN()), Y0: 0, X1: 3, Y1: 1}},                                          // no box
		{Box: frame.Box{X0: float32(math.Inf(-1)), Y0: float32(math.Inf(-1)), X1: float32(math.Inf(1)), Y1: 1}}, // no box
	}, frame.Point{X: 0.5, Y: 2}, 100, 190)
	want := frame.Face{Box: frame.Box{X0: 0, Y0: 8, X1: 15, Y1: 190}, Fresh: true}
	if len(out) != 1 || out[0] != want {
		t.Errorf("got %+v, want %+v", out, want)
	}
}

// The joined output must hold the four maps of the model as it came, in their order.
func TestJoinedOutput(t *testing.T) {
	const path = "../share/maskwarden/centerface.onnx"
	joined, err := readModel(path)
	if err != nil {
		t.Fatalf("%v: run `make setup`", err)
	}
	plain, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	blob := gocv.NewMatWithSizes([]int{1, 3, 64, 96}, gocv.MatTypeCV32F)
	defer blob.Close()
	pixels, err := blob.DataPtrFloat32()
	if err != nil {
		t.Fatal(err)
	}
	for i := range pixels {
		pixels[i] = float32(i * 7919 % 256)
	}
	run := func(onnx []byte, output string) []float32 {
		net, err := gocv.ReadNetFromONNXBytes(onnx)
		if err != nil {
			t.Fatal(err)
		}
		defer net.Close()
		net.SetInput(blob, "")
		out := net.Forward(output)
		defer out.Close()
		data, err := out.DataPtrFloat32()
		if err != nil {
			t.Fatal(err)
		}
		return slices.Clone(data)
	}
	var want []float32
	for _, output := range []string{"537", "538", "539", "540"} {
		want = append(want, run(plain, output)...)
	}
	if got := run(joined, joinedOutput); len(got) != planes*16*24 || !slices.EqualFunc(got, want, func(a, b float32) bool {
		return math.Abs(float64(a-b)) < 1e-4
	}) {
		t.Errorf("the joined output (%d numbers) is not the four outputs (%d)", len(got), len(want))
	}
}

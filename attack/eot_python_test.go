//go:build tensorflow

package attack

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// A patch is applied as training/attacks/placing.py does it, with which the pack's figures were measured, in every pose.
func TestEOTPython(t *testing.T) {
	const n, side, height, width = 40, 14, 96, 96
	type placed struct {
		Row     float64 `json:"row"`
		Col     float64 `json:"col"`
		Angle   float64 `json:"angle"`
		Scale   float64 `json:"scale"`
		Gain    float32 `json:"gain"`
		Offset  float32 `json:"offset"`
		Printed bool    `json:"printed"`
	}
	random := rand.New(rand.NewPCG(1, 2))
	f := &Faces{Height: height, Width: width, Labels: make([]int, n)}
	for range n * height * width * 3 {
		f.Pixels = append(f.Pixels, random.Float32())
	}
	patches := make([]float32, n*side*side*3)
	for i := range patches {
		patches[i] = random.Float32()
	}
	wide := EOT{Turn: math.Pi, Scale: [2]float64{0.5, 2}, Gain: [2]float64{0.5, 1.5}, Offset: [2]float64{-0.2, 0.2}}
	own := make([]float32, len(f.Pixels))
	colors := make([]float32, side*side*3)
	poses := make([]placed, n)
	for i := range poses {
		e := wide
		e.Printed = i%2 == 0
		p := e.draw(random, f, side, nil)
		poses[i] = placed{p.row, p.col, p.angle, p.scale, p.gain, p.offset, e.Printed}
		e.color(colors, patches[i*len(colors):(i+1)*len(colors)], p)
		p.apply(own[i*f.size():(i+1)*f.size()], f, i, colors, side)
	}
	dir := t.TempDir()
	settings, err := json.Marshal(map[string]any{"height": height, "width": width, "side": side, "poses": poses})
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"poses.json": settings, "images": floats(t, f.Pixels), "patches": floats(t, patches)} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "../.cache/venv/bin/python", "testdata/warp.py", dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v (run `make setup-test`): %s", err, out)
	}
	data, err := os.ReadFile(filepath.Join(dir, "applied"))
	if err != nil {
		t.Fatal(err)
	}
	want := make([]float32, len(own))
	if err := binary.Read(bytes.NewReader(data), binary.NativeEndian, want); err != nil {
		t.Fatal(err)
	}
	worst := 0.0
	for i, v := range own {
		worst = max(worst, math.Abs(float64(v-want[i])))
	}
	if worst > 1e-4 {
		t.Errorf("a value differs by %g", worst)
	}
	t.Logf("%d patches, a value differs by at most %g", n, worst)
}

func floats(t *testing.T, values []float32) []byte {
	t.Helper()
	data, err := binary.Append(nil, binary.NativeEndian, values)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

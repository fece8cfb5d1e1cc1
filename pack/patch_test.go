package pack_test

import (
	"bytes"
	"image"
	"image/png"
	"strings"
	"testing"

	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/pack/packtest"
)

func TestPatchPixels(t *testing.T) {
	square := func(width, height int) []byte {
		img := image.NewRGBA(image.Rect(0, 0, width, height))
		for i := range img.Pix {
			img.Pix[i] = byte(i)
			if i%4 == 3 {
				img.Pix[i] = 255
			}
		}
		var b bytes.Buffer
		if err := png.Encode(&b, img); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	for _, c := range []struct {
		name string
		file []byte
		side int
		err  string
	}{
		{"whole", square(5, 5), 5, ""},
		{"oblong", square(5, 6), 0, "patches[0].file: DIR/patches/none-correct-2.png: 5x6 pixels, want a square smaller than 96x96: make the patches again"},
		{"large", square(96, 96), 0, "96x96 pixels, want a square smaller than 96x96: make the patches again"},
		{"no picture", []byte("no picture at all"), 0, "png: invalid format: not a PNG file: make the patches again"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := packtest.Copy(t, "testdata/tiny")
			const name = "patches/none-correct-2.png"
			packtest.Put(t, dir, name, c.file)
			packtest.Edit(t, dir, func(m map[string]any) {
				m["patches"] = []any{map[string]any{"file": name, "from": "none", "to": "correct", "area": 0.02, "success": 0.1, "images": 10}}
			})
			p, err := pack.Open(dir, pack.Float32, []string{packtest.Sign(t, dir)})
			if err != nil {
				t.Fatal(err)
			}
			pixels, side, err := p.PatchPixels(0)
			switch {
			case c.err == "" && (err != nil || side != c.side || len(pixels) != 3*side*side || pixels[3] != 4 || pixels[5] != 6):
				t.Errorf("side %d, %d bytes: %v", side, len(pixels), err)
			case c.err != "" && (err == nil || !strings.HasSuffix(strings.ReplaceAll(err.Error(), dir, "DIR"), c.err)):
				t.Errorf("got %v, want %s", err, c.err)
			}
		})
	}
}

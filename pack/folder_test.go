package pack_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/pack/packtest"
)

func TestFileErrors(t *testing.T) {
	replaced := func(name string, put func(path string) error) func(string) error {
		return func(dir string) error {
			if err := os.Remove(dir + "/" + name); err != nil {
				return err
			}
			return put(dir + "/" + name)
		}
	}
	folder := func(path string) error { return os.Mkdir(path, 0o700) }
	pipe := func(path string) error { return syscall.Mkfifo(path, 0o600) }
	link := func(to string) func(string) error { return func(path string) error { return os.Symlink(to, path) } }
	const way = ": copy the whole pack again"
	for _, c := range []struct {
		name  string
		spoil func(dir string) error
		want  string
	}{
		{"no folder", os.RemoveAll,
			"model pack <dir>: no such file or directory: name a folder with a manifest.json, or make one with `make train`"},
		{"no manifest", func(dir string) error { return os.Remove(dir + "/manifest.json") },
			"<dir>/manifest.json: no such file or directory: is this folder a model pack?"},
		{"manifest is a folder", replaced("manifest.json", folder), "<dir>/manifest.json: not a file: is this folder a model pack?"},
		{"huge manifest", func(dir string) error { return os.Truncate(dir+"/manifest.json", 1<<20+1) },
			"<dir>/manifest.json: larger than 1048576 bytes: is this folder a model pack?"},
		{"no model", func(dir string) error { return os.Remove(dir + "/model.tflite") },
			"<dir>/manifest.json: files.model.tflite: <dir>/model.tflite: no such file or directory" + way},
		{"no picture", func(dir string) error { return os.RemoveAll(dir + "/golden") },
			"<dir>/manifest.json: files.golden/incorrect-1.png: <dir>/golden/incorrect-1.png: no such file or directory" + way},
		{"model is a pipe", replaced("model.tflite", pipe), "<dir>/manifest.json: files.model.tflite: <dir>/model.tflite: not a file" + way},
		{"model links out", replaced("model.tflite", link("/etc/hostname")),
			"<dir>/manifest.json: files.model.tflite: <dir>/model.tflite: path escapes from parent" + way},
		{"huge model", func(dir string) error { return os.Truncate(dir+"/model-int8.tflite", 64<<20+1) },
			"<dir>/manifest.json: files.model-int8.tflite: <dir>/model-int8.tflite: larger than 67108864 bytes" + way},
		{"empty model", func(dir string) error { return os.Truncate(dir+"/model.tflite", 0) },
			"<dir>/manifest.json: files.model.tflite: <dir>/model.tflite has the sha256 " +
				"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855, want <sha256>" + way},
		{"unlisted file", func(dir string) error { return os.WriteFile(dir+"/golden/x.png", nil, 0o600) },
			"<dir>/manifest.json: files: does not list <dir>/golden/x.png: remove that file, or copy the whole pack again"},
		{"unlisted link", func(dir string) error { return os.Symlink("golden", dir+"/more") },
			"<dir>/manifest.json: files: does not list <dir>/more: remove that file, or copy the whole pack again"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := packtest.Copy(t, tiny)
			key := packtest.Sign(t, dir)
			if err := c.spoil(dir); err != nil {
				t.Fatal(err)
			}
			want := strings.ReplaceAll(c.want, "<sha256>", packtest.Open(t, tiny, pack.Float32).SHA256())
			refused(t, dir, want, key)
			if _, err := pack.Sign(dir, newKey(t), pack.ForCamera); err == nil || err.Error() != strings.ReplaceAll(want, "<dir>", dir) {
				t.Errorf("signing gave %v", err)
			}
		})
	}
}

// TestEmptyFolder: git keeps none, so a pack with one and a pack without are the same.
func TestEmptyFolder(t *testing.T) {
	dir := packtest.Copy(t, tiny)
	if err := os.Mkdir(dir+"/empty", 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := pack.Open(dir, pack.Float32, []string{packtest.Sign(t, dir)}); err != nil {
		t.Error(err)
	}
}

func TestHugePack(t *testing.T) {
	dir := packtest.Copy(t, tiny)
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		packtest.Put(t, dir, name, make([]byte, 60<<20))
	}
	refused(t, dir, "<dir>/manifest.json: files.e: <dir>/e: with it the pack is larger than 268435456 bytes: copy the whole pack again", packtest.Sign(t, dir))
}

func TestGoldenPictures(t *testing.T) {
	const file = "golden/incorrect-1.png"
	const at = "<dir>/manifest.json: golden[4].file: <dir>/" + file + ": "
	const way = ": make the golden pictures again"
	const channels = at + "want 8 bits a channel and no alpha, gray if input.color is gray, else RGB" + way
	rgb := image.NewRGBA(image.Rect(0, 0, 96, 96))
	for i := range rgb.Pix {
		rgb.Pix[i] = byte(i)
		if i%4 == 3 {
			rgb.Pix[i] = 255
		}
	}
	gray := image.NewGray(rgb.Rect)
	gray.Pix[0] = 77
	clear := image.NewNRGBA(rgb.Rect)
	for _, c := range []struct {
		name, color string
		data        []byte
		want        string
		first       [3]byte // bytes of the decoded picture
	}{
		{"rgb", "rgb", encode(t, rgb), "", [3]byte{0, 1, 2}},
		{"bgr", "bgr", encode(t, rgb), "", [3]byte{2, 1, 0}},
		{"gray", "gray", encode(t, gray), "", [3]byte{77, 0, 0}},
		{"gray for rgb", "rgb", encode(t, gray), channels, [3]byte{}},
		{"rgb for gray", "gray", encode(t, rgb), channels, [3]byte{}},
		{"alpha", "rgb", encode(t, clear), channels, [3]byte{}},
		{"16 bits", "rgb", encode(t, image.NewRGBA64(rgb.Rect)), channels, [3]byte{}},
		{"palette", "rgb", encode(t, image.NewPaletted(rgb.Rect, color.Palette{color.Black})), channels, [3]byte{}},
		{"size", "rgb", encode(t, rgb.SubImage(image.Rect(0, 0, 96, 95))), at + "96x95 pixels, want 96x96" + way, [3]byte{}},
		{"text", "rgb", []byte("text"), at + "unexpected EOF" + way, [3]byte{}},
		{"cut", "rgb", encode(t, rgb)[:100], at + "png: invalid format: not enough pixel data" + way, [3]byte{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := changed(t, `"rgb"`, `"`+c.color+`"`)
			packtest.Put(t, dir, file, c.data)
			key := packtest.Sign(t, dir)
			if c.want != "" {
				refused(t, dir, c.want, key)
				return
			}
			p, err := pack.Open(dir, pack.Float32, []string{key})
			if err != nil {
				t.Fatal(err)
			}
			pixels := make([]byte, p.Manifest.Input.Size())
			p.GoldenInput(4, pixels)
			if got := [3]byte(pixels); got != c.first {
				t.Errorf("the picture begins with %v, want %v", got, c.first)
			}
		})
	}
}

func encode(t *testing.T, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

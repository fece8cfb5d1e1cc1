package evaluate_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"image"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/evaluate"
	"github.com/maskwarden/maskwarden/pipeline"
)

const assets = "../share/maskwarden"

func newPipeline(t *testing.T) *pipeline.Pipeline {
	t.Helper()
	c := config.Default()
	c.AssetsDir = assets
	e := &pipeline.Engine{Config: c}
	if err := e.Initialize(); err != nil {
		t.Fatalf("%v (run `make setup`)", err)
	}
	t.Cleanup(func() { _ = e.Close() })
	p, err := e.NewPipeline()
	if err != nil {
		t.Fatalf("%v (run `make setup`)", err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

func portrait(t *testing.T) gocv.Mat {
	t.Helper()
	img := gocv.IMRead(filepath.Join(assets, "astronaut.png"), gocv.IMReadColor)
	if img.Empty() {
		t.Fatal("no portrait: run `make setup`")
	}
	t.Cleanup(func() { _ = img.Close() })
	return img
}

func write(t *testing.T, path string, img gocv.Mat) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if !gocv.IMWrite(path, img) {
		t.Fatalf("cannot write %s", path)
	}
}

func TestFaces(t *testing.T) {
	dir := t.TempDir()
	img := portrait(t)
	crop := img.Region(image.Rect(160, 40, 290, 220))
	defer crop.Close()
	write(t, filepath.Join(dir, "none", "plain.png"), crop)
	write(t, filepath.Join(dir, "correct", "plain.png"), crop) // on purpose: a wrong label must count as wrong
	if err := os.WriteFile(filepath.Join(dir, "none", "bad.jpg"), []byte("no picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := evaluate.RunFaces(context.Background(), newPipeline(t), dir)
	if err != nil {
		t.Fatal(err)
	}
	if r.Images != 2 || len(r.Skipped) != 1 || !strings.HasSuffix(r.Skipped[0], "bad.jpg: not a picture") {
		t.Errorf("%d images, skipped %q: want 2 and bad.jpg", r.Images, r.Skipped)
	}
	if r.Recall["none"] != 1 || r.Recall["correct"] != 0 || r.Balanced != 0.5 || r.Accuracy != 0.5 {
		t.Errorf("a unmasked face once labeled none, once correct: got %+v", r)
	}
	if r.Confusion["correct"]["none"] != 1 {
		t.Errorf("confusion %v", r.Confusion)
	}
}

func TestFacesOfAnEmptyFolder(t *testing.T) {
	dir := t.TempDir()
	_, err := evaluate.RunFaces(context.Background(), newPipeline(t), dir)
	if want := dir + ": no pictures: want folders correct, incorrect and none with face crops"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestPipes: a pipe to which nobody writes is no picture and no list, and is not waited for.
func TestPipes(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "none", "a.png"), portrait(t))
	for _, name := range []string{"none/b.jpg", "none/c", "annotations.json", "manifest.csv"} {
		if err := syscall.Mkfifo(filepath.Join(dir, name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := newPipeline(t)
	r, err := evaluate.RunFaces(context.Background(), p, dir)
	if err != nil || r.Images != 1 || len(r.Skipped) != 1 || !strings.Contains(r.Skipped[0], "b.jpg") {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := evaluate.RunScenes(context.Background(), p, dir); err == nil || !strings.Contains(err.Error(), "annotations.json") {
		t.Error(err)
	}
}

func TestAlarms(t *testing.T) {
	dir := t.TempDir()
	img := portrait(t)
	crop := img.Region(image.Rect(160, 40, 290, 220))
	defer crop.Close()
	write(t, filepath.Join(dir, "val", "plain.png"), crop)
	list := func(text string) {
		if err := os.WriteFile(filepath.Join(dir, "manifest.csv"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := newPipeline(t)
	list("file,split,group\nval/plain.png,val,a\nval/plain.png,val,a\nval/plain.png,val,b\ntest/gone.png,test,c\n")
	r, err := evaluate.RunAlarms(context.Background(), p, dir, "val")
	if err != nil {
		t.Fatal(err)
	}
	if r.Images != 3 || r.People != 2 || r.Visits != 8640 || r.Certified < 0 || r.Certified > 1 {
		t.Errorf("got %+v, want 3 images of 2 people", r)
	}
	for _, alarm := range []string{"attack", "probing"} {
		if r.PerDay[alarm] != 0 || r.Frozen[alarm] != 0 {
			t.Errorf("an astronaut raises %v alarms of %s a day", r.PerDay[alarm], alarm)
		}
	}
	path := filepath.Join(dir, "manifest.csv")
	for _, c := range []struct{ list, want string }{
		{"", path + ": empty, want the columns file, split and group"},
		{"file,split\n", path + `: has the columns ["file" "split"], want file, split and group`},
		{"file,split,group\nx.png,test,a\n", path + `: no file of split "val"`},
		{"file,split,group\nx.png,val,a\n", filepath.Join(dir, "x.png") + ": not a picture: no such file or directory"},
	} {
		list(c.list)
		if _, err := evaluate.RunAlarms(context.Background(), p, dir, "val"); err == nil || err.Error() != c.want {
			t.Errorf("got  %v\nwant %s", err, c.want)
		}
	}
}

// TestPatched applies the pack's patches to one face of each label, which may lose it or keep it, but not both.
func TestPatched(t *testing.T) {
	dir := t.TempDir()
	img := portrait(t)
	crop := img.Region(image.Rect(160, 40, 290, 220))
	defer crop.Close()
	list := "file,split,group\n"
	for _, label := range []string{"correct", "incorrect", "none"} {
		write(t, filepath.Join(dir, "val", label, "a.png"), crop)
		list += "val/" + label + "/a.png,val,a\n"
	}
	if err := os.WriteFile(filepath.Join(dir, "manifest.csv"), []byte(list), 0o600); err != nil {
		t.Fatal(err)
	}
	p := newPipeline(t)
	r, err := evaluate.RunPatched(context.Background(), p, dir, "val", 1)
	if err != nil {
		t.Fatal(err)
	}
	again, err := evaluate.RunPatched(context.Background(), p, dir, "val", 1)
	if err != nil || !reflect.DeepEqual(r, again) {
		t.Errorf("the same seed gave %+v, then %+v (%v)", r, again, err)
	}
	if len(r.Patches) != len(p.Engine.Pack.Manifest.Patches) {
		t.Fatalf("%d patches, want %d", len(r.Patches), len(p.Engine.Pack.Manifest.Patches))
	}
	for i, w := range r.Patches {
		if want := p.Engine.Pack.Manifest.Patches[i]; w.Faces != 1 || w.From != want.From || w.To != want.To || w.Made != want.Success {
			t.Errorf("patch %d: %+v, want one face and %+v", i, w, want)
		}
		if plain := map[bool]float64{true: 1}[w.To == "none"]; w.Before != plain {
			t.Errorf("an astronaut without a mask is %s without a patch: %v, want %v", w.To, w.Before, plain)
		}
	}
	for _, c := range []struct{ list, want string }{
		{"file,split,group\nval/none/a.png,val,a\n", dir + `: no file of split "val" lies in a folder correct`},
		{"file,split,group\nval/correct/gone.png,val,a\n", filepath.Join(dir, "val/correct/gone.png") + ": not a picture: no such file or directory"},
	} {
		if err := os.WriteFile(filepath.Join(dir, "manifest.csv"), []byte(c.list), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := evaluate.RunPatched(context.Background(), p, dir, "val", 1); err == nil || err.Error() != c.want {
			t.Errorf("got  %v\nwant %s", err, c.want)
		}
	}
}

func TestScenes(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.png"), portrait(t))
	annotate := func(text string) {
		if err := os.WriteFile(filepath.Join(dir, "annotations.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	annotate(`[{"file": "a.png", "faces": [
		{"box": [173, 58, 273, 192], "label": "none"}, {"box": [400, 400, 430, 430], "label": "correct"}]},
		{"file": "gone.png", "faces": []}]`)
	p := newPipeline(t)
	r, err := evaluate.RunScenes(context.Background(), p, dir)
	if err != nil {
		t.Fatal(err)
	}
	if r.Pictures != 1 || len(r.Skipped) != 1 {
		t.Errorf("%d pictures, skipped %q", r.Pictures, r.Skipped)
	}
	want := evaluate.Count{Faces: 1, Found: 1, Right: 1, Recall: 1, EndToEnd: 1}
	if got := r.ByLabelSize["none"][">=64"]; got != want {
		t.Errorf("the astronaut: %+v, want %+v", got, want)
	}
	if got := r.ByLabel["correct"]; got.Faces != 1 || got.Found != 0 {
		t.Errorf("a face where none is: %+v", got)
	}
	if _, err := json.Marshal(r); err != nil {
		t.Error(err)
	}

	annotate(`[{"file": "a.png", "faces": [{"box": [1, 2, 3, 4], "label": "mask"}]}]`)
	_, err = evaluate.RunScenes(context.Background(), p, dir)
	if want := `annotations.json: a.png: faces[0]: label "mask": want correct, incorrect, none or unknown`; err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("got %v, want …%s", err, want)
	}
}

// TestUnfitPictures skips a picture that is cut, and one too large to be held, without decoding it.
func TestUnfitPictures(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(assets, "astronaut.png"))
	if err != nil {
		t.Fatal(err)
	}
	large := append([]byte{}, data...)
	binary.BigEndian.PutUint32(large[16:], 33000)
	binary.BigEndian.PutUint32(large[20:], 33000)
	binary.BigEndian.PutUint32(large[29:], crc32.ChecksumIEEE(large[12:29]))
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"cut.png": {data[:len(data)/2], "not a picture: damaged picture: it ends before its end-of-image marker"},
		"big.png": {large, "not a picture: 33000 x 33000 is 1089.0 megapixels: the limit is 40; scale it down"},
	} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, c.data, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := evaluate.Unfit(path)
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

package pack_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/pack/packtest"
)

const tiny = "testdata/tiny"

func TestOpen(t *testing.T) {
	for kind, file := range map[pack.Kind]string{
		pack.Float32: "model.tflite", pack.Float16: "model-float16.tflite", pack.Int8: "model-int8.tflite",
	} {
		p := packtest.Open(t, tiny, kind)
		if got, want := p.ID(), "tiny@3:"+p.Manifest.Files[file][:8]; got != want {
			t.Errorf("ID %s, want %s", got, want)
		}
		want, err := os.ReadFile(filepath.Join(tiny, file))
		if err != nil || string(p.Model) != string(want) || p.File() != file {
			t.Errorf("%s: the model is not %s (%v)", kind, file, err)
		}
		if err := p.Verify(); err != nil {
			t.Error(err)
		}
	}
	p := packtest.Open(t, tiny, pack.Float32)
	if got, want := p.Order(), [3]int{1, 2, 0}; got != want { // its classes are none, correct, incorrect
		t.Errorf("order %v, want %v", got, want)
	}
	if got, want := p.Manifest.Input.Size(), 96*96*3; got != want {
		t.Errorf("a face has %d bytes, want %d", got, want)
	}
}

// TestOptional: a pack may hold nothing but a float32 model and seeds.
func TestOptional(t *testing.T) {
	dir := packtest.Copy(t, tiny)
	packtest.Edit(t, dir, func(m map[string]any) {
		delete(m, "squeezing")
		delete(m, "patches")
		m["golden"] = m["golden"].([]any)[:1]
		for _, of := range []map[string]any{
			m["models"].(map[string]any), m["golden_tolerance"].(map[string]any), m["golden"].([]any)[0].(map[string]any)["logits"].(map[string]any),
		} {
			delete(of, "float16")
			delete(of, "int8")
		}
	})
	keys := []string{packtest.Sign(t, dir)}
	p, err := pack.Open(dir, pack.Float32, keys)
	if err != nil {
		t.Fatal(err)
	}
	if p.Manifest.Squeezing != nil || len(p.Manifest.Patches) != 0 || p.Manifest.SavedModel != "" || p.Manifest.Keras != "" {
		t.Errorf("got %+v", p.Manifest)
	}
	want := dir + "/manifest.json: models.int8: missing: the pack holds [float32], set classifier.model to one of them, or export the model"
	if _, err := pack.Open(dir, pack.Int8, keys); err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// TestEveryByteCounts: whatever is changed in whichever file of a signed pack, it is refused.
func TestEveryByteCounts(t *testing.T) {
	dir := packtest.Copy(t, tiny)
	keys := []string{packtest.Sign(t, dir)}
	open := func() error {
		_, err := pack.Open(dir, pack.Float32, keys)
		return err
	}
	if err := open(); err != nil {
		t.Fatal(err)
	}
	var files []string
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if !entry.IsDir() {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(4, 2))
	for i := range 1000 {
		path := files[i%len(files)]
		good, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		bad := []byte(string(good))
		at, by := random.IntN(len(bad)), byte(1)<<random.IntN(8)
		if i/len(files)%2 == 1 { // a whole byte now and then
			by = byte(1 + random.IntN(255))
		}
		bad[at] ^= by
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if open() == nil {
			t.Errorf("taken with byte %d of %s changed by %#02x", at, path, by)
		}
		if err := os.WriteFile(path, good, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := open(); err != nil {
		t.Error(err)
	}
}

func TestVerify(t *testing.T) {
	p := packtest.Open(t, tiny, pack.Float32)
	p.Model[100] ^= 1
	if want := "the model in memory has "; p.Verify() == nil || !strings.Contains(p.Verify().Error(), want) {
		t.Errorf("got %v, want %q", p.Verify(), want)
	}
	p.Model[100] ^= 1
	if err := os.Truncate(p.Dir+"/model.tflite", 100); err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("files.model.tflite: %s/model.tflite has ", p.Dir); p.Verify() == nil || !strings.Contains(p.Verify().Error(), want) {
		t.Errorf("got %v, want %q", p.Verify(), want)
	}
}

// refused expects what Open says of a pack, whose folder is <dir> in want.
func refused(t *testing.T, dir, want string, keys ...string) {
	t.Helper()
	want = strings.ReplaceAll(want, "<dir>", dir)
	if _, err := pack.Open(dir, pack.Float32, keys); err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

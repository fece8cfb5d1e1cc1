package pack_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/pack/packtest"
)

func TestCopySavedModel(t *testing.T) {
	p := packtest.Open(t, "../models/robust", pack.Float32)
	to := t.TempDir()
	if err := p.CopySavedModel(to); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"saved_model.pb", "variables/variables.index"} {
		want, err := os.ReadFile(filepath.Join(p.Dir, "savedmodel", name))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(to, name))
		if err != nil {
			t.Fatal(err)
		}
		if !cmp.Equal(got, want) {
			t.Errorf("%s: the copy differs", name)
		}
	}
}

func TestCopySavedModelErrors(t *testing.T) {
	t.Run("altered since it was opened", func(t *testing.T) {
		p := packtest.Open(t, "../models/robust", pack.Float32)
		file := filepath.Join(p.Dir, "savedmodel/saved_model.pb")
		if err := os.WriteFile(file, []byte("another"), 0o600); err != nil {
			t.Fatal(err)
		}
		err := p.CopySavedModel(t.TempDir())
		want := filepath.Join(p.Dir, "manifest.json") + ": files.savedmodel/saved_model.pb: " + file +
			" has the sha256 ae448ac86c4e8e4dec645729708ef41873ae79c6dff84eff73360989487f08e5, want "
		if err == nil || !strings.HasPrefix(err.Error(), want) || !strings.HasSuffix(err.Error(), ": copy the whole pack again") {
			t.Errorf("error %q, want %q", err, want)
		}
	})
	t.Run("none in the pack", func(t *testing.T) {
		p := packtest.Open(t, "testdata/tiny", pack.Float32)
		err := p.CopySavedModel(t.TempDir())
		want := filepath.Join(p.Dir, "manifest.json") + ": savedmodel: missing: take a pack with a SavedModel, or export the model again with `make train`"
		if err == nil || err.Error() != want {
			t.Errorf("error %q, want %q", err, want)
		}
	})
}

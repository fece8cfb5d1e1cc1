package pack_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/pack/packtest"
)

// TestDim holds dim light to the bytes that training/tests/pack/test_forms.py has, too.
func TestDim(t *testing.T) {
	for light, want := range map[float64][]byte{
		0.35: {0, 0, 1, 1, 4, 5, 11, 45, 89, 89},
		0.25: {0, 0, 1, 1, 3, 3, 8, 32, 64, 64},
	} {
		pixels := []byte{0, 1, 2, 3, 10, 13, 30, 128, 254, 255}
		if pack.Dim(pixels, light); !slices.Equal(pixels, want) {
			t.Errorf("light %v: %v, want %v", light, pixels, want)
		}
	}
}

// dimmed returns a copy of the tiny pack with answers in dim light, after some change to its manifest's golden inputs.
func dimmed(t *testing.T, change func(golden []any)) string {
	t.Helper()
	dir := packtest.Copy(t, tiny)
	packtest.Edit(t, dir, func(m map[string]any) {
		golden := m["golden"].([]any)
		for _, g := range golden {
			logits := g.(map[string]any)["logits"]
			g.(map[string]any)["dim"] = []any{logits, logits}
		}
		change(golden)
	})
	return dir
}

// TestKnown lists the answers in full light before those in dim light, and draws the pictures that they are for.
func TestKnown(t *testing.T) {
	dir := dimmed(t, func([]any) {})
	p, err := pack.Open(dir, pack.Float32, []string{packtest.Sign(t, dir)})
	if err != nil {
		t.Fatal(err)
	}
	known, golden := p.Known(), p.Manifest.Golden
	if len(known) != 3*len(golden) {
		t.Fatalf("%d known answers, want %d", len(known), 3*len(golden))
	}
	last := known[len(known)-1]
	if last.At != "golden[4].dim[1]" || last.Golden != 4 || last.Light != 0.25 || len(last.Logits[pack.Int8]) != 3 || known[4].Light != 1 {
		t.Errorf("got %+v", last)
	}
	plain, dim := make([]byte, p.Manifest.Input.Size()), make([]byte, p.Manifest.Input.Size())
	p.KnownInput(known[4], plain)
	p.KnownInput(last, dim)
	pack.Dim(plain, 0.25)
	if !slices.Equal(plain, dim) || slices.Max(dim) == 0 {
		t.Error("the picture is not the golden one in dim light")
	}
	if old := packtest.Open(t, tiny, pack.Float32).Known(); len(old) != len(golden) {
		t.Errorf("a pack without answers in dim light has %d, want %d", len(old), len(golden))
	}
}

func TestDimErrors(t *testing.T) {
	const want = `want 2, one each with the pixels multiplied with [0.35 0.25], or none in all of golden`
	entry := func(golden []any, i int) map[string]any { return golden[i].(map[string]any) }
	for _, c := range []struct {
		change func(golden []any)
		err    string
	}{
		{func(g []any) { delete(entry(g, 1), "dim") }, `golden[1].dim: 0 answers, ` + want},
		{func(g []any) { delete(entry(g, 0), "dim") }, `golden[1].dim: 2 answers, ` + want},
		{func(g []any) { entry(g, 0)["dim"] = entry(g, 0)["dim"].([]any)[:1] }, `golden[0].dim: 1 answers, ` + want},
		{func(g []any) { entry(g, 3)["dim"].([]any)[1] = map[string]any{"float32": []any{1, 2}} }, `golden[3].dim[1].float16: 0 values, want 3, one a class`},
		{func(g []any) { entry(g, 3)["dim"].([]any)[1].(map[string]any)["int4"] = []any{} }, `golden[3].logits.int4: no such model, want those of models`},
	} {
		_, err := pack.OpenUnsigned(dimmed(t, c.change), pack.Float32)
		if err == nil || !strings.HasSuffix(err.Error(), c.err) {
			t.Errorf("got %v, want %s", err, c.err)
		}
	}
}

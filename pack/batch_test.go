package pack_test

import (
	"math"
	"slices"
	"testing"

	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/pack/packtest"
)

// TestBatch lets a batch grow and hands its parts to a runtime.
func TestBatch(t *testing.T) {
	p := packtest.Open(t, "testdata/tiny", pack.Float32) // its classes are none, correct, incorrect
	size := p.Manifest.Input.Size()
	var b pack.Batch
	b.Initialize(p, 1)
	for i := range 3 {
		if err := b.FillLevels(i, slices.Repeat([]byte{byte(i + 1)}, size), 255>>i); err != nil {
			t.Fatal(err)
		}
	}
	pixels, gains, logits := b.Part(1, 2)
	if len(pixels) != 2*size || pixels[0] != 2 || pixels[size] != 3 || !slices.Equal(gains, []float32{255. / 127, 255. / 63}) {
		t.Errorf("faces 1 and 2 begin with %d and %d of %d bytes, gains %v", pixels[0], pixels[size], len(pixels), gains)
	}
	logits[0], logits[1] = [frame.NumClasses]float32{1, 2, 3}, [frame.NumClasses]float32{1000, 1000, 999}
	if b.Logits(1) != logits[0] || b.Logits(2) != logits[1] || b.Logits(0) != ([frame.NumClasses]float32{}) {
		t.Errorf("logits %v, %v, %v", b.Logits(0), b.Logits(1), b.Logits(2))
	}
	sum := math.Exp(1) + math.Exp(2) + math.Exp(3)
	for k, want := range []float64{math.Exp(2) / sum, math.Exp(3) / sum, math.Exp(1) / sum} { // correct, incorrect, none
		if got := b.Probabilities(1)[k]; math.Abs(float64(got)-want) > 1e-6 {
			t.Errorf("%s has the probability %v, want %v", frame.Class(k), got, want)
		}
	}
	if label, sure := b.Probabilities(2).Best(); math.Abs(float64(sure)-1/(2+math.Exp(-1))) > 1e-6 {
		t.Errorf("%s has the probability %v", label, sure) // large logits overflow no exponential
	}
	logits[1][2] = float32(math.Inf(-1))
	for _, e := range []struct {
		err  error
		want string
	}{
		{b.Holds(3), ""},
		{b.Finite(2), ""},
		{b.Holds(4), "4 faces to classify, but there is room for 3: set them with Fill"},
		{b.Finite(3), "face 2: the model gave the logit -Inf"},
		{b.FillLevels(0, make([]byte, size), 256), "face 0 has levels up to 256, want 1 to 255"},
		{new(pack.Batch).Fill(0, nil), "the classifier was not initialized"},
	} {
		got := ""
		if e.err != nil {
			got = e.err.Error()
		}
		if got != e.want {
			t.Errorf("got %q, want %q", got, e.want)
		}
	}
	b.Initialize(p, 2)
	if err := b.Holds(3); err == nil || b.Logits(1) != ([frame.NumClasses]float32{}) {
		t.Errorf("an emptied batch holds three faces (%v), or still knows %v", err, b.Logits(1))
	}
}

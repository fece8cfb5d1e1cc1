package suite_test

import (
	"errors"
	"testing"

	"github.com/maskwarden/maskwarden/attack"
	"github.com/maskwarden/maskwarden/attack/suite"
)

// The intervals are those of Newcombe (1998), table I, method 3.
func TestShare(t *testing.T) {
	for _, c := range []struct{ want suite.Share }{
		{suite.Share{Count: 81, Of: 263, Share: 0.3080, Low: 0.2553, High: 0.3662}},
		{suite.Share{Count: 15, Of: 148, Share: 0.1014, Low: 0.0624, High: 0.1605}},
		{suite.Share{Count: 0, Of: 20, Share: 0, Low: 0, High: 0.1611}},
		{suite.Share{Count: 1, Of: 29, Share: 0.0345, Low: 0.0061, High: 0.1718}},
		{suite.Share{Count: 20, Of: 20, Share: 1, Low: 0.8389, High: 1}},
		{suite.Share{High: 1}},
	} {
		if got := suite.NewShare(c.want.Count, c.want.Of); got != c.want {
			t.Errorf("got %+v, want %+v", got, c.want)
		}
	}
}

func TestOutcome(t *testing.T) {
	labels := []int{0, 1, 2, 2}
	first := suite.NewOutcome(labels, []suite.Example{{Face: 0}, {Face: 1}, {Face: 2}, {Face: 3}, {Face: 3}}, []int{0, 1, 2, 2, 0})
	second := suite.NewOutcome(labels, []suite.Example{{Face: 0}, {Face: 1}, {Face: 2}, {Face: 3}}, []int{0, 2, 2, 2})
	for _, c := range []struct {
		name      string
		o         suite.Outcome
		kept      int
		taken, of int // of class 2 for class 0
	}{
		{"first", first, 3, 1, 2},
		{"second", second, 3, 0, 2},
		{"both", first.Union(second), 2, 1, 2},
	} {
		taken, of := c.o.Taken(2, 0)
		if c.o.Kept() != c.kept || c.o.Accuracy() != float64(c.kept)/4 || taken != c.taken || of != c.of {
			t.Errorf("%s: %d kept, %g, %d of %d taken", c.name, c.o.Kept(), c.o.Accuracy(), taken, of)
		}
	}
	if first.Answered[1] != ([attack.Classes]bool{false, true, false}) {
		t.Error("the union changed its first part")
	}
}

func TestBytes(t *testing.T) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	if got := suite.Bytes(suite.AppendValues(nil, all)); string(got) != string(all) {
		t.Errorf("got %v", got)
	}
	if got := suite.Bytes([]float32{0.1, 0.499 / 255, 0.501 / 255}); string(got) != "\x1a\x00\x01" {
		t.Errorf("got %v, want the nearest", got)
	}
}

func TestExamples(t *testing.T) {
	faces := &attack.Faces{Height: 1, Width: 1}
	a := suite.Attack{Name: "light", Run: func(attack.Network, *attack.Faces) ([]float32, error) { return []float32{0, 0, 0, 1, 1, 1}, nil }}
	got, err := a.Examples(nil, faces, []int{4, 2})
	if err != nil || len(got) != 2 || got[0].Face != 4 || got[1].Face != 2 || string(got[0].Pixels) != "\x00\x00\x00" || string(got[1].Pixels) != "\xff\xff\xff" {
		t.Errorf("%v, got %v", err, got)
	}
	a.Run = func(attack.Network, *attack.Faces) ([]float32, error) { return nil, errors.New("no memory") }
	if _, err := a.Examples(nil, faces, []int{4}); err == nil || err.Error() != "light: no memory" {
		t.Errorf("error %v", err)
	}
}

func TestClassifyErrors(t *testing.T) {
	net := newLinear()
	faces := net.faces(t, 4).Pixels
	n := 0
	smooth := func(face []byte) ([]byte, error) {
		if n++; n == 10 {
			return nil, errors.New("no memory")
		}
		return face, nil
	}
	if _, err := suite.Classify(&classifier{net: net}, smooth, faces); err == nil || err.Error() != "smooth face 9: no memory" {
		t.Errorf("error %v", err)
	}
}

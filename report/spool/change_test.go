package spool

import (
	"errors"
	"testing"
)

// TestOnChange holds that a disk which begins to refuse, refuses for another reason or takes events again is reported once.
func TestOnChange(t *testing.T) {
	var seen []string
	s := &Spool{Dir: t.TempDir()}
	s.OnChange = func() { seen = append(seen, s.State().Error) }
	start(t, s)
	s.diskMu.Lock() // no other goroutine reports meanwhile
	defer s.diskMu.Unlock()
	full, broken := errors.New("no space left"), errors.New("input/output error")
	for _, c := range []struct {
		err  error
		want int
	}{{nil, 0}, {full, 1}, {full, 1}, {broken, 2}, {nil, 3}, {nil, 3}} {
		s.fail(c.err)
		if len(seen) != c.want {
			t.Fatalf("%v: %d changes, want %d", c.err, len(seen), c.want)
		}
	}
	if seen[0] != full.Error() || seen[1] != broken.Error() || seen[2] != "" {
		t.Errorf("seen %q", seen)
	}
}

package decode

import (
	"cmp"
	"fmt"
	"strconv"
)

// Section reports errors of one key and of those below it.
type Section struct {
	d   *decoder
	key string
}

// Sub is the section of a key in this one.
func (s Section) Sub(name string) Section { return Section{s.d, join(s.key, name)} }

// Item is the section of an element of a list in this one.
func (s Section) Item(name string, i int) Section {
	return Section{s.d, join(s.key, name) + "[" + strconv.Itoa(i) + "]"}
}

// Need reports, unless ok, that the value of a key is not what was wanted.
func (s Section) Need(name string, ok bool, want, got string) { s.Sub(name).Self(ok, want, got) }

// Self reports, unless ok, that the value of the section itself is not what was wanted.
func (s Section) Self(ok bool, want, got string) {
	if !ok {
		s.d.report(s.key, "want %s (got %s)", want, got)
	}
}

// Within reports a value out of its range, ends included. NaN is out of every range.
func Within[T cmp.Ordered](s Section, name string, v, low, high T) {
	s.Need(name, v >= low && v <= high, fmt.Sprintf("%v to %v", low, high), fmt.Sprint(v))
}

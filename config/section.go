package config

import (
	"cmp"
	"fmt"
	"strconv"
)

// section reports faults of one key and of those below it.
type section struct {
	d   *decoder
	key string
}

func (s section) sub(name string) section { return section{s.d, join(s.key, name)} }

func (s section) item(name string, i int) section {
	return section{s.d, join(s.key, name) + "[" + strconv.Itoa(i) + "]"}
}

// need reports, unless ok, that the value is not what was wanted.
func (s section) need(name string, ok bool, want, got string) { s.sub(name).self(ok, want, got) }

func (s section) self(ok bool, want, got string) {
	if !ok {
		s.d.report(s.key, "want %s (got %s)", want, got)
	}
}

// within reports a value out of its range, ends included. NaN is out of every range.
func within[T cmp.Ordered](s section, name string, v, low, high T) {
	s.need(name, v >= low && v <= high, fmt.Sprintf("%v to %v", low, high), fmt.Sprint(v))
}

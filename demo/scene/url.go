package scene

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// FromURL returns the scene that a URL such as synthetic://?people=2&width=960&height=540&fps=15&every=4s&seed=1&fast=1
// describes, not yet initialized; what it leaves out has its default. It refuses unknown parameters, those given
// twice, and values out of range.
func FromURL(u *url.URL, portrait string) (*Scene, error) {
	fail := func(err error) (*Scene, error) { return nil, fmt.Errorf("synthetic camera: %w", err) }
	if u.Scheme != "synthetic" {
		return fail(fmt.Errorf("scheme %q: want synthetic", u.Scheme))
	}
	if u.Host != "" || u.Opaque != "" || u.Path != "" && u.Path != "/" {
		return fail(errors.New("want synthetic:// and parameters after a ?, nothing between"))
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return fail(err)
	}
	s := &Scene{Portrait: portrait}
	s.setDefaults()
	for _, key := range slices.Sorted(maps.Keys(query)) {
		if len(query[key]) > 1 {
			return fail(fmt.Errorf("%s is given %d times", key, len(query[key])))
		}
		if err := s.set(key, query.Get(key)); err != nil {
			return fail(err)
		}
	}
	if err := s.check(); err != nil {
		return fail(err)
	}
	return s, nil
}

// set sets the field that a URL calls key.
func (s *Scene) set(key, value string) error {
	var err error
	want := "a whole number"
	switch key {
	case "people":
		s.People, err = strconv.Atoi(value)
	case "width":
		s.Width, err = strconv.Atoi(value)
	case "height":
		s.Height, err = strconv.Atoi(value)
	case "seed":
		s.Seed, err = strconv.ParseUint(value, 10, 64)
		want = "a whole number, 0 or more"
	case "fps":
		s.FPS, err = strconv.ParseFloat(value, 64)
		want = "a number"
	case "every":
		s.Every, err = time.ParseDuration(value)
		want = "a duration such as 4s"
	case "fast":
		s.Fast, err = strconv.ParseBool(value)
		want = "1 or 0"
	default:
		return fmt.Errorf("unknown parameter %q: want every, fast, fps, height, people, seed or width", key)
	}
	if err != nil {
		return fmt.Errorf("%s %q: want %s", key, value, want)
	}
	return nil
}

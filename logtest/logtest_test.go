package logtest_test

import (
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/maskwarden/maskwarden/logtest"
)

// failures is a test that remembers what it was failed for.
type failures struct {
	testing.TB
	found []string
}

func (f *failures) Helper() {}

func (f *failures) Errorf(format string, args ...any) {
	f.found = append(f.found, fmt.Sprintf(format, args...))
}

func TestDuplicates(t *testing.T) {
	for _, c := range []struct {
		name string
		log  func(*slog.Logger)
		want []string
	}{
		{"once", func(l *slog.Logger) { l.With("camera", "a").Info("lost", "reason", "b") }, nil},
		{"twice in a call", func(l *slog.Logger) { l.Info("lost", "camera", "a", "camera", "b") }, []string{`the record "lost" has the attribute camera twice`}},
		{"With and call", func(l *slog.Logger) { l.With("camera", "a").Warn("lost", slog.String("camera", "a")) }, []string{`the record "lost" has the attribute camera twice`}},
		{"With twice", func(l *slog.Logger) { l.With("camera", "a").With("camera", "a").Info("lost") }, []string{`the record "lost" has the attribute camera twice`}},
		{"another group", func(l *slog.Logger) { l.With("camera", "a").WithGroup("g").Info("lost", "camera", "a") }, nil},
		{"siblings", func(l *slog.Logger) { l.With("camera", "a"); l.With("camera", "b").Info("lost") }, nil},
	} {
		f := &failures{TB: t}
		c.log(logtest.New(f, io.Discard))
		if !slices.Equal(f.found, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, f.found, c.want)
		}
	}
}

func TestWrites(t *testing.T) {
	var text strings.Builder
	logtest.New(t, &text).With("camera", "a").Info("lost", "reason", "b")
	if !strings.HasSuffix(text.String(), "msg=lost camera=a reason=b\n") {
		t.Errorf("got %s", &text)
	}
}

// Package logtest gives tests a logger that fails them where a record has an attribute twice.
package logtest

import (
	"context"
	"io"
	"log/slog"
	"slices"
	"testing"
)

// New returns a logger that writes text to w.
func New(t testing.TB, w io.Writer) *slog.Logger {
	return slog.New(handler{t: t, next: slog.NewTextHandler(w, nil)})
}

type handler struct {
	t    testing.TB
	next slog.Handler
	keys []string // of the attributes that every record has, in the group that is open
}

func (h handler) Enabled(context.Context, slog.Level) bool { return true }

func (h handler) Handle(ctx context.Context, r slog.Record) error {
	h.t.Helper()
	keys := slices.Clone(h.keys)
	r.Attrs(func(a slog.Attr) bool {
		keys = append(keys, a.Key)
		return true
	})
	h.check(r.Message, keys)
	return h.next.Handle(ctx, r)
}

func (h handler) check(message string, keys []string) {
	h.t.Helper()
	for i, key := range keys {
		if slices.Contains(keys[:i], key) {
			h.t.Errorf("the record %q has the attribute %s twice", message, key)
		}
	}
}

func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	keys := slices.Clone(h.keys)
	for _, a := range attrs {
		keys = append(keys, a.Key)
	}
	return handler{h.t, h.next.WithAttrs(attrs), keys}
}

func (h handler) WithGroup(name string) slog.Handler {
	return handler{h.t, h.next.WithGroup(name), nil}
}

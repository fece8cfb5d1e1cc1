package nativelog

import (
	"context"
	"log/slog"
	"time"
)

const (
	window   = time.Second // lines that are alike become one record in so long
	maxKinds = 64          // of lines in a window; more become one record
)

// storms makes one record a window of lines that are alike.
type storms struct {
	log   func(r record, lines int)
	kinds map[string]*kind
}

// kind are lines that differ in their numbers only.
type kind struct {
	last  record
	lines int       // that are not logged yet
	until time.Time // when they are
}

// add logs the first line of its kind, and counts those that follow.
func (s *storms) add(r record, now time.Time) {
	key := r.kind()
	k := s.kinds[key]
	if k == nil && len(s.kinds) >= maxKinds {
		r = record{level: slog.LevelWarn, text: "native libraries print more than is logged"}
		key = r.kind()
		k = s.kinds[key]
	}
	if k != nil {
		k.last, k.lines = r, k.lines+1
		return
	}
	s.kinds[key] = &kind{last: r, until: now.Add(window)}
	s.log(r, 1)
}

// tick logs what was counted, and forgets kinds that have gone silent.
func (s *storms) tick(now time.Time) {
	for key, k := range s.kinds {
		switch {
		case now.Before(k.until):
		case k.lines == 0:
			delete(s.kinds, key)
		default:
			s.log(k.last, k.lines)
			k.lines, k.until = 0, now.Add(window)
		}
	}
}

// flush logs what was counted.
func (s *storms) flush() {
	for _, k := range s.kinds {
		if k.lines > 0 {
			s.log(k.last, k.lines)
		}
	}
}

// write logs a record that stands for so many lines.
func (r *Redirect) write(rec record, lines int) {
	attrs := []slog.Attr{slog.String("source", "native")}
	if rec.library != "" {
		attrs = append(attrs, slog.String("library", rec.library))
	}
	if rec.component != "" {
		attrs = append(attrs, slog.String("component", rec.component))
	}
	if lines > 1 {
		attrs = append(attrs, slog.Int("lines", lines))
	}
	r.logger.Load().LogAttrs(context.Background(), rec.level, rec.text, attrs...)
}

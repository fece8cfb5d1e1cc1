package config

import (
	"log/slog"

	"github.com/maskwarden/maskwarden/config/decode"
)

// Log is what the daemon writes to standard error, and how.
type Log struct {
	Level  Level  `yaml:"level"`
	Format Format `yaml:"format"`
}

func (l *Log) setDefaults() { *l = Log{Level: "info", Format: "text"} }

// Level is the least important kind of message that is logged: debug, info, warn or error.
type Level string

// Slog returns the level for log/slog.
func (l Level) Slog() slog.Level {
	var s slog.Level // info, if it is no level
	if err := s.UnmarshalText([]byte(l)); err != nil {
		return slog.LevelInfo
	}
	return s
}

// UnmarshalText sets the level.
func (l *Level) UnmarshalText(b []byte) error { return decode.OneOf(l, b, l.names()) }

func (*Level) names() []string { return []string{"debug", "info", "warn", "error"} }

// Want says what a value looks like.
func (l *Level) Want() string { return decode.Either(l.names()) }

// Format is the form of a log line: text or json.
type Format string

// UnmarshalText sets the format.
func (f *Format) UnmarshalText(b []byte) error { return decode.OneOf(f, b, f.names()) }

func (*Format) names() []string { return []string{"text", "json"} }

// Want says what a value looks like.
func (f *Format) Want() string { return decode.Either(f.names()) }

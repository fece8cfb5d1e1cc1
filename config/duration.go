package config

import (
	"time"

	"github.com/maskwarden/maskwarden/config/decode"
)

// Duration is a time span, written as 500ms, 10s or 168h.
type Duration time.Duration

// UnmarshalText sets the duration.
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	if err != nil {
		return decode.WantError(d, string(b))
	}
	*d = Duration(v)
	return nil
}

// String returns the duration as time.Duration writes it.
func (d Duration) String() string { return time.Duration(d).String() }

// Want says what a value looks like.
func (*Duration) Want() string { return "a duration such as 500ms, 10s or 168h" }

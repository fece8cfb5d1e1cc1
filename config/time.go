package config

import (
	"fmt"
	"time"

	"github.com/maskwarden/maskwarden/config/decode"
)

// Time is a time of day by the local clock, written as 03:30, or "" for never.
type Time string

// UnmarshalText sets the time.
func (t *Time) UnmarshalText(b []byte) error {
	const form = "15:04"
	s := string(b)
	if s == "" {
		*t = ""
		return nil
	}
	if v, err := time.Parse(form, s); err != nil || v.Format(form) != s {
		return decode.WantError(t, s)
	}
	*t = Time(s)
	return nil
}

// Since returns the time since midnight; it is negative for never.
func (t Time) Since() time.Duration {
	var hour, minute int
	if _, err := fmt.Sscanf(string(t), "%d:%d", &hour, &minute); err != nil {
		return -1
	}
	return time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute
}

// Want says what a value looks like.
func (*Time) Want() string { return "a time of day such as 03:30 or 22:00, or nothing" }

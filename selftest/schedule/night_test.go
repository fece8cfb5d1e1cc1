package schedule

import (
	"testing"
	"time"
)

func TestNextNight(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip(err)
	}
	at := func(text string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04", text, berlin)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, c := range []struct {
		now, want string
		since     time.Duration
	}{
		{"2026-11-25 01:00", "2026-11-25 03:30", 3*time.Hour + 30*time.Minute},
		{"2026-11-25 03:30", "2026-11-26 03:30", 3*time.Hour + 30*time.Minute},
		{"2026-12-31 23:59", "2027-01-01 00:00", 0},
		{"2026-10-24 12:00", "2026-10-25 03:30", 3*time.Hour + 30*time.Minute}, // the clocks go back at 3
		{"2026-03-28 12:00", "2026-03-29 03:30", 2*time.Hour + 30*time.Minute}, // 2:30 is skipped
	} {
		if got := nextNight(at(c.now), c.since); !got.Equal(at(c.want)) {
			t.Errorf("after %s: %v, want %s", c.now, got, c.want)
		}
	}
}

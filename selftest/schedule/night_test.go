package schedule

import (
	"testing"
	"time"
)

// fixed is a clock that stands still.
type fixed struct{ time.Time }

func (f fixed) Now() time.Time                     { return f.Time }
func (fixed) After(time.Duration) <-chan time.Time { return nil }

// TestNightAfterTheClockWasSet: whether by ten years ahead or back, the next nightly self-test is at most a day away.
func TestNightAfterTheClockWasSet(t *testing.T) {
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	for _, years := range []int{-10, 10} {
		s := Schedule{Night: 3 * time.Hour, Clock: fixed{now}, due: now.Add(100 * time.Hour), night: now.AddDate(years, 0, 0)}
		why, wait := s.upcoming(false)
		if why != AtNight || wait > 15*time.Hour {
			t.Errorf("the clock was set by %d years: %q in %v", -years, why, wait)
		}
	}
}

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

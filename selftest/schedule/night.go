package schedule

import "time"

// nextNight returns the next time after now at which the local clock shows so much since midnight. Where the clocks are
// put forward over that time it is an hour later.
func nextNight(now time.Time, sinceMidnight time.Duration) time.Time {
	year, month, day := now.Date()
	hour, minute := int(sinceMidnight/time.Hour), int(sinceMidnight%time.Hour/time.Minute)
	at := time.Date(year, month, day, hour, minute, 0, 0, now.Location())
	if !at.After(now) {
		at = time.Date(year, month, day+1, hour, minute, 0, 0, now.Location())
	}
	return at
}

package page

import "time"

// counter counts what happened, in all and in the last minute.
type counter struct {
	total   uint64
	seconds [60]int // by second of the minute
	last    int64   // the Unix second up to which seconds is right
}

func (c *counter) add(now time.Time) {
	c.advance(now)
	c.total++
	c.seconds[c.last%60]++
}

func (c *counter) lastMinute(now time.Time) int {
	c.advance(now)
	sum := 0
	for _, n := range c.seconds {
		sum += n
	}
	return sum
}

// advance empties the seconds that have passed. A clock that was set back changes nothing until it has caught up.
func (c *counter) advance(now time.Time) {
	t := now.Unix()
	if t-c.last >= 60 {
		c.seconds, c.last = [60]int{}, t
	}
	for c.last < t {
		c.last++
		c.seconds[c.last%60] = 0
	}
}

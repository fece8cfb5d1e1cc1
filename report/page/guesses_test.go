package page

import (
	"fmt"
	"testing"
	"time"
)

// TestGuesses: ten at once and then one a second, by IPv4 address and by IPv6 network, and what is kept is bounded.
func TestGuesses(t *testing.T) {
	var g guesses
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	tried := func(peer string, after time.Duration) (n int) {
		for range 100 {
			if wait, _ := g.judge(peer, false, now.Add(after)); wait > 0 {
				return n
			}
			n++
		}
		return n
	}
	for _, c := range []struct {
		peer  string
		after time.Duration
		want  int
	}{
		{"192.0.2.1", 0, 10},
		{"192.0.2.1", 0, 0},
		{"192.0.2.2", 0, 10},
		{"192.0.2.1", time.Second, 1},
		{"192.0.2.1", 5 * time.Second, 4},
		{"192.0.2.1", time.Hour, 10},
		{"2001:db8::1", 0, 10},
		{"2001:db8::2", 0, 0}, // of the same customer
		{"2001:db8:0:1::1", 0, 10},
		{"fe80::1%eth0", 0, 10},
	} {
		if got := tried(c.peer, c.after); got != c.want {
			t.Errorf("%s after %v: %d guesses, want %d", c.peer, c.after, got, c.want)
		}
	}
	for i := range 5000 {
		g.judge(fmt.Sprintf("10.0.%d.%d", i/256, i%256), false, now)
	}
	if len(g.used) > maxWrong+1 {
		t.Errorf("%d addresses are kept, want %d at most", len(g.used), maxWrong+1)
	}
	if wait, _ := g.judge("10.9.9.9", false, now); wait == 0 {
		t.Error("with too many addresses a new one has guesses of its own")
	}
	if wait, _ := g.judge("10.9.9.9", true, now.Add(2*time.Hour)); wait != 0 {
		t.Errorf("two hours later it waits %v", wait)
	}
	lines := 0
	for second := range 180 {
		if _, wrong := g.judge("192.0.2.3", false, now.Add(3*time.Hour+time.Duration(second)*time.Second)); wrong > 0 {
			lines++
		}
	}
	if lines != 3 {
		t.Errorf("%d lines in the log in three minutes, want 3", lines)
	}
}

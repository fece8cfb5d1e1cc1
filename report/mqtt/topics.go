package mqtt

import (
	"fmt"
	"regexp"
	"strings"
)

// topics of one device; root is prefix/device.
type topics struct{ root string }

func (t topics) availability() string { return t.root + "/availability" }
func (t topics) state() string        { return t.root + "/state" }
func (t topics) event() string        { return t.root + "/event" }
func (t topics) loss() string         { return t.root + "/loss" }
func (t topics) selftest() string     { return t.root + "/selftest" }
func (t topics) commands() string     { return t.root + "/cmd/+" }
func (t topics) command(c string) string {
	return t.root + "/cmd/" + c
}

// checkTopic refuses names that would not give the topics that were meant.
func checkTopic(device string, prefixes ...string) error {
	if !regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`).MatchString(device) {
		return fmt.Errorf("device %q: want 1 to 64 letters, digits, - and _", device)
	}
	for _, prefix := range prefixes {
		for level := range strings.SplitSeq(prefix, "/") {
			if level == "" || strings.ContainsAny(level, "+#$\x00") {
				return fmt.Errorf("prefix %q: want topic levels without +, # and $, joined by /", prefix)
			}
		}
	}
	return nil
}

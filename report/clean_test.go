package report_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/maskwarden/maskwarden/report"
)

func TestClean(t *testing.T) {
	for _, c := range []struct {
		text string
		most int
		want string
	}{
		{"Tür 3, 日本 🚪", 64, "Tür 3, 日本 🚪"},
		{"\x1b[2J\x1b]0;title\a", 64, "�[2J�]0;title�"},
		{"a\nb\rc\td\x00e\x7f", 64, "a�b�c�d�e�"},
		{"\u0085\u009b31m", 64, "��31m"}, // C1: a terminal may take U+009B for ESC [
		{"door\u202egnp.exe\u2066x\u200f", 64, "door�gnp.exe�x�"},
		{"a\u200bb\ufeffc\u2028d", 64, "a�b�c�d"},
		{"\xff\xfe", 64, "��"},
		{"abcdefgh", 8, "abcdefgh"},
		{"abcdefghi", 8, "abcde…"},
		{"abcd€fghi", 9, "abcd…"}, // no half character
		{"abcdefgh", 1, "…"},
		{strings.Repeat("\x1b", 1<<20), 12, "���…"},
		{"\x1b\x1b\x1bd", 8, "�…"}, // what comes out is bounded
		{strings.Repeat("x", 1<<21), 16, strings.Repeat("x", 13) + "…"},
	} {
		if got := report.Clean(c.text, c.most); got != c.want {
			t.Errorf("Clean(%.40q, %d) = %q, want %q", c.text, c.most, got, c.want)
		}
	}
	if got := report.Plain("a\tb\n\x1b[1mc"); got != "a\tb\n�[1mc" {
		t.Errorf("Plain: %q", got)
	}
}

// TestStateIsBounded: a state fits into what the daemon reads of it when it subscribes, whatever eight cameras say.
func TestStateIsBounded(t *testing.T) {
	long := strings.Repeat("x\x1b", 1<<19)
	s := report.State{Device: long, Instance: long, Version: long, Model: long, Spool: report.Spool{Error: long, Loss: long}}
	var reasons []report.Reason
	for range 8 {
		s.Cameras = append(s.Cameras, report.Camera{Name: long, Reason: long})
		reasons = append(reasons, report.Reason{Subject: "camera door", Finding: long, Hint: "look after it"}, report.Reason{Subject: "self-test", Check: "camera_dark:door", Finding: long})
	}
	s.Health.Explain(reasons)
	s.Reasons = report.Texts(reasons)
	data, err := s.Encode()
	if err != nil || len(data) > 64<<10 {
		t.Errorf("%d bytes, %v", len(data), err)
	}
}

func FuzzClean(f *testing.F) {
	f.Add("a\x1b[0m€\u202e", 5)
	f.Add("\xe2\x82", 3)
	f.Fuzz(func(t *testing.T, text string, most int) {
		got := report.Clean(text, most)
		if !utf8.ValidString(got) || strings.ContainsFunc(got, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }) {
			t.Errorf("%q became %q", text, got)
		}
		if len(got) > max(most, len("…")) {
			t.Errorf("%q became %d bytes, at most %d", text, len(got), most)
		}
		if whole := report.Clean(text, 3*len(text)); report.Clean(whole, 3*len(text)) != whole {
			t.Errorf("%q is not clean after one time", whole)
		}
	})
}

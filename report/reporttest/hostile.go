// Package reporttest holds every interface of the unit to the same promises, so that a test of each need only drive it.
package reporttest

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// Mark is in every hostile text, to see that the text came through.
const Mark = "owned"

// Most is how long a line may be that an interface makes of a hostile text, in bytes.
const Most = 96 << 10

// Hostile are texts as a camera, a broker, a pack or a file's name could have them.
func Hostile() []string {
	return []string{
		"\x1b[2J" + Mark, "\x1b]8;;http://evil.example/\x07" + Mark + "\x1b]8;;\x07", "\x1b]52;c;b3duZWQ=\x07" + Mark, // clear, link, clipboard
		"\u202e" + Mark + "\u2066", Mark + "\x00", Mark + "\r\x1b[A", "\u009b31m" + Mark + "\u0085\u2028", // direction, C1
		"<script>window." + Mark + "=1</script>", `</script><img src=x onerror="window.owned=1">`, `"onerror="window.` + Mark + `=1`,
		Mark + "\xff\xfe\xc0", "{{ " + Mark + " }}'\"\\", Mark + strings.Repeat("A", 1<<20),
	}
}

// Names are the hostile texts that a file can bear as its name.
func Names() (names []string) {
	for _, text := range Hostile() {
		if text = strings.NewReplacer("/", "_", "\x00", "").Replace(text); len(text) < 200 {
			names = append(names, text)
		}
	}
	return names
}

// CheckText fails unless what an interface gave holds the text, and passes CheckSafe.
func CheckText(t testing.TB, what, output string) {
	t.Helper()
	if !strings.Contains(output, Mark) {
		t.Errorf("%s does not show the text: %.300q", what, output)
	}
	CheckSafe(t, what, output)
}

// CheckSafe fails unless what an interface gave does nothing to who shows it, and has lines of bounded length.
func CheckSafe(t testing.TB, what, output string) {
	t.Helper()
	if !utf8.ValidString(output) {
		t.Errorf("%s is not UTF-8", what)
	}
	for _, r := range output {
		if r != '\n' && r != '\t' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			at := strings.IndexRune(output, r)
			t.Errorf("%s holds %U: %.300q", what, r, output[max(0, at-100):])
			break
		}
	}
	for line := range strings.Lines(output) {
		if len(line) > Most {
			t.Errorf("%s has a line of %d bytes: %.300q", what, len(line), line)
		}
	}
}

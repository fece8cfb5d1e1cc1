package report

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// How long texts from outside may be that are shown, in bytes.
const (
	MaxText = 256  // a name or an answer
	MaxLine = 4096 // a line, such as a reason with its hint, or a log record's value
)

// Clean returns text from outside (a broker, a camera, a pack, a file's name) so that no terminal, log or page takes it for more than
// text. Control characters, what turns the direction of writing, invisible characters and bytes that are not UTF-8 become "�"; what is
// longer than most bytes ends with "…".
func Clean(text string, most int) string { return bound(text, most, visible) }

// Lines is Clean for a text of several lines: line breaks and tabs stay, as its writer set them.
func Lines(text string, most int) string { return bound(text, most, visibleOrSpace) }

// Plain is Lines for a text that is bounded elsewhere.
func Plain(text string) string { return Lines(text, len(text)) }

// bound cuts a text, and maps each character that is left. A plain text is not copied.
func bound(text string, most int, each func(rune) rune) string {
	cut := len(text) > most
	if cut {
		text = text[:max(0, most-len("…"))]
		for len(text) > 0 && !utf8.RuneStart(text[len(text)-1]) { // no half character
			text = text[:len(text)-1]
		}
		if r, size := utf8.DecodeLastRuneInString(text); r == utf8.RuneError && size == 1 {
			text = text[:len(text)-1]
		}
	}
	text = strings.Map(each, text)
	if cut {
		text += "…"
	}
	return text
}

// visible is the character itself, or "�" for one that does more than stand there.
func visible(r rune) rune {
	if acts(r) {
		return utf8.RuneError
	}
	return r
}

func visibleOrSpace(r rune) rune {
	if r == '\n' || r == '\t' {
		return r
	}
	return visible(r)
}

// acts says whether a character does more than stand there: control characters, marks of direction, and what fonts make of it.
func acts(r rune) bool {
	if r < utf8.RuneSelf {
		return r < ' ' || r == 0x7f
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Cs)
}

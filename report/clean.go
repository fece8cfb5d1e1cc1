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
func Plain(text string) string { return strings.Map(visibleOrSpace, text) }

// bound maps each character of a text, and cuts what comes out. A plain text is not copied.
func bound(text string, most int, each func(rune) rune) string {
	whole := len(text) <= most
	if !whole {
		text = start(text, most)
	}
	if text = strings.Map(each, text); whole && len(text) <= most { // mapping can make it longer
		return text
	}
	return start(text, most-len("…")) + "…"
}

// start is at most so many bytes of a text, without half a character at its end.
func start(text string, bytes int) string {
	if len(text) <= bytes {
		return text
	}
	text = text[:max(0, bytes)]
	for range utf8.UTFMax - 1 {
		if r, size := utf8.DecodeLastRuneInString(text); r != utf8.RuneError || size != 1 {
			break
		}
		text = text[:len(text)-1]
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

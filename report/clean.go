package report

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxText is how long a text from outside may be that is shown whole, in bytes.
const MaxText = 256

// Clean returns text from outside (a broker, a camera, a pack, a file's name) so that no terminal, log or page takes it for more than
// text. Control characters, what turns the direction of writing, invisible characters and bytes that are not UTF-8 become "�"; what is
// longer than most bytes ends with "…".
func Clean(text string, most int) string {
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
	text = strings.Map(visible, text)
	if cut {
		text += "…"
	}
	return text
}

// Plain is Clean for a whole text that is bounded elsewhere; line breaks and tabs stay, as its writer set them.
func Plain(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return r
		}
		return visible(r)
	}, text)
}

// visible is the character itself, or "�" for one that does more than stand there.
func visible(r rune) rune {
	if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Cs) {
		return utf8.RuneError
	}
	return r
}

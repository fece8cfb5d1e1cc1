package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf16"
)

// JSON returns a message as JSON in which no character acts on the terminal that shows it: the data stay as they are, but what Clean would
// replace is escaped. encoding/json escapes only the first 32 characters, U+2028 and U+2029 by itself.
func JSON(message any) ([]byte, error) {
	data, err := json.Marshal(message)
	if err != nil {
		return nil, err //nolint:wrapcheck // callers name the message
	}
	return Escape(data), nil
}

// Escape escapes in JSON what Clean would replace in a text; line breaks and tabs between values stay.
func Escape(data []byte) []byte {
	isPlain := func(r rune) bool { return r == '\n' || r == '\t' || !acts(r) }
	if !bytes.ContainsFunc(data, func(r rune) bool { return !isPlain(r) }) {
		return data
	}
	var out bytes.Buffer
	for _, r := range string(data) {
		switch {
		case isPlain(r):
			out.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&out, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
	}
	return out.Bytes()
}

package config

import "github.com/maskwarden/maskwarden/config/decode"

// Name is part of a topic, a label and a file's name: 1 to 64 letters, digits, - and _.
type Name string

// UnmarshalText sets the name.
func (n *Name) UnmarshalText(b []byte) error {
	const most = 64
	ok := len(b) > 0 && len(b) <= most
	for _, c := range b {
		ok = ok && (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_')
	}
	if !ok {
		return decode.WantError(n, string(b))
	}
	*n = Name(b)
	return nil
}

// Want says what a value looks like.
func (*Name) Want() string { return "a name of 1 to 64 letters, digits, - and _" }

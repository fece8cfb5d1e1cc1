// Package decode fills a struct from strict YAML text and from the environment, and reports every error with its place.
package decode

import (
	"fmt"
	"reflect"
)

// MaxSize is the largest text that is read, in bytes: room for a hundred cameras. The parser's time grows with its square.
const MaxSize = 1 << 16

// Into fills dst, a pointer to a struct whose fields have yaml tags, from a text and then from the environment's MASKWARDEN_ variables,
// which win. check then reports what is impossible. The name stands for the text in errors, which are of type Errors.
func Into(dst any, name string, data []byte, environ []string, check func(Section)) error {
	if len(data) > MaxSize {
		return Errors{{File: name, Message: fmt.Sprintf("want at most %d bytes (got more)", MaxSize)}}
	}
	root := reflect.ValueOf(dst).Elem()
	d := &decoder{file: name, root: root.Type(), places: map[string]place{"": {line: 1, column: 1}}, wrong: map[string]bool{}}
	if d.document(data, root) {
		d.environ(environ, root)
		check(Section{d: d})
	}
	return d.errs.err()
}

package decode

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// document decodes YAML text. It returns false when the text is no YAML at all.
func (d *decoder) document(data []byte, dst reflect.Value) bool {
	body, err := parse(data)
	if err != nil {
		e := Error{File: d.file, Message: err.Error()}
		if at, ok := errors.AsType[yaml.Error](err); ok {
			e.Message = "want YAML: " + at.GetMessage()
			if t := at.GetToken(); t != nil && t.Position != nil {
				e.Line, e.Column = t.Position.Line, t.Position.Column
			}
		}
		d.errs = append(d.errs, e)
		return false
	}
	if body != nil {
		d.value("", body, dst)
	}
	return true
}

// parse returns the body of the only document in the text, or nil if it is empty.
func parse(data []byte) (body ast.Node, err error) {
	if err := tooDeep(data); err != nil {
		return nil, err
	}
	// Earlier releases of the parser panicked on malformed text (goccy/go-yaml issues 439 and 479).
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("want YAML: the text cannot be read (%v)", r)
		}
	}()
	file, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, err
	}
	for _, doc := range file.Docs {
		switch {
		case doc.Body == nil:
		case body != nil:
			return nil, errors.New("want one YAML document (got another after ---)")
		default:
			body = doc.Body
		}
	}
	return body, nil
}

// maxNesting is far more than a configuration needs.
const maxNesting = 64

// tooDeep refuses text with many brackets open, for which the parser takes for ever. It counts those in texts and comments too.
func tooDeep(data []byte) error {
	open := 0
	for _, b := range data {
		switch b {
		case '[', '{':
			open++
		case ']', '}':
			open = max(0, open-1)
		}
		if open > maxNesting {
			return fmt.Errorf("want at most %d brackets open (got more)", maxNesting)
		}
	}
	return nil
}

package decode

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// place is where a value was written: in the file, or in a variable.
type place struct {
	line, column int
	variable     string
}

// decoder fills a struct from a syntax tree. Unlike the library's own it goes on after an error.
type decoder struct {
	file     string
	root     reflect.Type
	variable string           // what is being read now, if it is a variable
	places   map[string]place // of each key path that was written
	wrong    map[string]bool  // key paths with an error already reported
	errs     Errors
}

// Defaulter is a list's element that does not start as its zero value.
type Defaulter interface{ SetDefaults() }

// report adds an error of a key. It stands where the key does, or else where the nearest key around it does.
func (d *decoder) report(key, format string, args ...any) {
	if d.wrong[key] {
		return
	}
	d.wrong[key] = true
	e := Error{File: d.file, Key: key, Message: fmt.Sprintf(format, args...)}
	at, ok := d.places[key]
	for around := key; !ok && around != ""; at, ok = d.places[around] {
		around = around[:max(0, strings.LastIndexAny(around, ".["))]
	}
	e.Line, e.Column = at.line, at.column
	if at.variable != "" {
		e.File = environment
		if e.Key = at.variable; variableOf(key) != at.variable {
			e.Key += ": " + key
		}
	}
	d.errs = append(d.errs, e)
}

// mark notes where the key's value stands.
func (d *decoder) mark(key string, n ast.Node) {
	at := place{variable: d.variable}
	if t := n.GetToken(); t != nil && t.Position != nil && d.variable == "" {
		at.line, at.column = t.Position.Line, t.Position.Column
	}
	d.places[key] = at
}

// value decodes a node into dst, the value of a key.
func (d *decoder) value(key string, n ast.Node, dst reflect.Value) {
	d.mark(key, n)
	switch n := n.(type) {
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		d.report(key, "want the value written out (got a YAML anchor, alias or tag)")
		return
	case *ast.NullNode:
		if dst.Kind() == reflect.Struct {
			return // a heading whose keys are all commented out
		}
	case *ast.MappingNode:
		if dst.Kind() == reflect.Struct {
			d.mapping(key, n.Values, dst)
			return
		}
	case *ast.MappingValueNode:
		if dst.Kind() == reflect.Struct {
			d.mapping(key, []*ast.MappingValueNode{n}, dst)
			return
		}
	case *ast.SequenceNode:
		if k := dst.Kind(); k == reflect.Slice || k == reflect.Array {
			d.sequence(key, n.Values, dst)
			return
		}
	}
	if err := setScalar(dst, n); err != nil {
		d.report(key, "%v", err)
	}
}

func (d *decoder) mapping(key string, pairs []*ast.MappingValueNode, dst reflect.Value) {
	seen := map[string]bool{}
	for _, pair := range pairs {
		s, ok := pair.Key.(*ast.StringNode)
		if !ok {
			d.mark(join(key, "?"), pair.Key)
			d.report(join(key, "?"), "want a key (got %s)", describe(pair.Key))
			continue
		}
		name := join(key, s.Value)
		field, ok := fieldOf(dst, s.Value)
		switch {
		case !ok:
			d.mark(name, pair.Key)
			d.report(name, "unknown key%s", hint(s.Value, namesOf(dst.Type())))
		case seen[s.Value]:
			d.mark(name, pair.Key)
			d.report(name, "want the key once (got it again)")
		default:
			seen[s.Value] = true
			d.value(name, pair.Value, field)
		}
	}
}

func (d *decoder) sequence(key string, nodes []ast.Node, dst reflect.Value) {
	if dst.Kind() == reflect.Array {
		if len(nodes) != dst.Len() {
			d.report(key, "want %d numbers (got %d)", dst.Len(), len(nodes))
			return
		}
	} else {
		dst.Set(reflect.MakeSlice(dst.Type(), len(nodes), len(nodes)))
	}
	for i, n := range nodes {
		prepare(dst.Index(i))
		d.value(key+"["+strconv.Itoa(i)+"]", n, dst.Index(i))
	}
}

// prepare gives a list's new element its defaults.
func prepare(element reflect.Value) {
	if e, ok := reflect.TypeAssert[Defaulter](element.Addr()); ok {
		e.SetDefaults()
	}
}

func join(key, name string) string {
	if key == "" {
		return name
	}
	return key + "." + name
}

package decode

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// Text is a value with a form of its own. Its errors say what was wanted, and what was found.
type Text interface {
	UnmarshalText(b []byte) error
	Want() string
}

// setScalar sets dst from a scalar node.
func setScalar(dst reflect.Value, n ast.Node) error {
	switch n := n.(type) {
	case *ast.StringNode:
		if strings.ContainsRune(n.Value, 0) { // no path and no topic can hold it
			return fmt.Errorf("want %s without a zero byte (got %s)", kindOf(dst), Quoted(n.Value))
		}
		if t, ok := reflect.TypeAssert[Text](dst.Addr()); ok {
			return t.UnmarshalText([]byte(n.Value))
		}
		if dst.Kind() == reflect.String {
			dst.SetString(n.Value)
			return nil
		}
	case *ast.BoolNode:
		if dst.Kind() == reflect.Bool {
			dst.SetBool(n.Value)
			return nil
		}
	case *ast.IntegerNode:
		if v, ok := n.Value.(int64); ok && dst.CanInt() && !isText(dst) && !dst.OverflowInt(v) {
			dst.SetInt(v)
			return nil
		}
		if v, ok := n.Value.(uint64); ok && dst.CanInt() && !isText(dst) && v <= 1<<62 && !dst.OverflowInt(int64(v)) {
			dst.SetInt(int64(v))
			return nil
		}
		if v, err := strconv.ParseFloat(fmt.Sprint(n.Value), 64); err == nil && dst.CanFloat() {
			dst.SetFloat(v)
			return nil
		}
	case *ast.FloatNode:
		if dst.CanFloat() {
			dst.SetFloat(n.Value)
			return nil
		}
	}
	got := describe(n)
	if _, number := n.(*ast.IntegerNode); number && dst.Kind() == reflect.String {
		got += ": put it in quotes"
	}
	return fmt.Errorf("want %s (got %s)", kindOf(dst), got)
}

// setText sets dst, a scalar, from the text of a variable, which has no quotes.
func setText(dst reflect.Value, s string) error {
	if t, ok := reflect.TypeAssert[Text](dst.Addr()); ok {
		return t.UnmarshalText([]byte(s))
	}
	switch {
	case dst.Kind() == reflect.String:
		dst.SetString(s)
		return nil
	case dst.Kind() == reflect.Bool && (s == "true" || s == "false"):
		dst.SetBool(s == "true")
		return nil
	case dst.CanInt():
		if v, err := strconv.ParseInt(s, 10, dst.Type().Bits()); err == nil {
			dst.SetInt(v)
			return nil
		}
	case dst.CanFloat():
		if v, err := strconv.ParseFloat(s, 64); err == nil {
			dst.SetFloat(v)
			return nil
		}
	}
	return fmt.Errorf("want %s (got %s)", kindOf(dst), Quoted(s))
}

func isText(v reflect.Value) bool {
	_, ok := reflect.TypeAssert[Text](v.Addr())
	return ok
}

// kindOf says what a value of dst's type looks like.
func kindOf(dst reflect.Value) string {
	if t, ok := reflect.TypeAssert[Text](dst.Addr()); ok {
		return t.Want()
	}
	switch {
	case dst.Kind() == reflect.Bool:
		return "true or false"
	case dst.CanInt():
		return "a whole number"
	case dst.CanFloat():
		return "a number"
	case dst.Kind() == reflect.Struct:
		return "keys and values"
	case dst.Kind() == reflect.Slice:
		return "a list"
	case dst.Kind() == reflect.Array:
		return fmt.Sprintf("%d numbers", dst.Len())
	}
	return "text"
}

// describe says what a node is.
func describe(n ast.Node) string {
	switch n := n.(type) {
	case *ast.StringNode:
		return Quoted(n.Value)
	case *ast.LiteralNode:
		return "a block of text"
	case *ast.IntegerNode, *ast.FloatNode:
		return "the number " + n.GetToken().Value
	case *ast.BoolNode:
		return strconv.FormatBool(n.Value)
	case *ast.NullNode:
		return "nothing"
	case *ast.MappingNode, *ast.MappingValueNode:
		return "keys and values"
	case *ast.SequenceNode:
		return "a list"
	case *ast.InfinityNode:
		return "infinity"
	case *ast.NanNode:
		return "not a number"
	}
	return "something else"
}

// Quoted returns s in quotes, cut to a length that fits a line.
func Quoted(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return strconv.Quote(s)
}

// WantError is the error of a text that is not what was wanted.
func WantError(t Text, got string) error {
	return fmt.Errorf("want %s (got %s)", t.Want(), Quoted(got))
}

// OneOf sets dst to one of the names.
func OneOf[T ~string](dst *T, b []byte, names []string) error {
	if slices.Contains(names, string(b)) {
		*dst = T(b)
		return nil
	}
	return fmt.Errorf("want %s (got %s)%s", Either(names), Quoted(string(b)), DidYouMean(string(b), names))
}

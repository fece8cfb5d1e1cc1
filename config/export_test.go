package config

import (
	"reflect"
	"strings"
)

// Undocumented returns the keys of a Config that a YAML text does not set.
func Undocumented(data []byte) []string {
	d := &decoder{places: map[string]place{}, wrong: map[string]bool{}}
	d.document(data, reflect.ValueOf(Default()).Elem())
	var missing []string
	for _, key := range keys(reflect.TypeFor[Config](), "") {
		if _, ok := d.places[key]; !ok {
			missing = append(missing, key)
		}
	}
	return missing
}

func keys(t reflect.Type, key string) []string {
	var all []string
	for field := range t.Fields() {
		name, typ := join(key, field.Tag.Get("yaml")), field.Type
		all = append(all, strings.TrimPrefix(name, "."))
		if typ.Kind() == reflect.Slice && typ.Elem().Kind() == reflect.Struct {
			name, typ = name+"[0]", typ.Elem()
		}
		if typ.Kind() == reflect.Struct {
			all = append(all, keys(typ, name)...)
		}
	}
	return all
}

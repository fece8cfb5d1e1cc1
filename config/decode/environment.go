package decode

import (
	"cmp"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// environment stands for a file's name in errors of variables.
const environment = "environment"

// prefix begins the name of every variable: mqtt.broker is MASKWARDEN_MQTT_BROKER, cameras[0].source MASKWARDEN_CAMERAS_0_SOURCE.
const prefix = "MASKWARDEN_"

// variableOf returns the name of the variable that sets a key.
func variableOf(key string) string {
	return prefix + strings.ToUpper(strings.NewReplacer(".", "_", "[", "_", "]", "").Replace(key))
}

// environ applies the variables that begin with prefix, lower list indices first.
func (d *decoder) environ(environ []string, dst reflect.Value) {
	var ours []string
	for _, entry := range environ {
		if rest, ok := strings.CutPrefix(entry, prefix); ok && !foreign(rest) {
			ours = append(ours, rest)
		}
	}
	slices.SortFunc(ours, func(a, b string) int {
		return slices.CompareFunc(strings.Split(a, "_"), strings.Split(b, "_"), compareParts)
	})
	for _, entry := range ours {
		name, value, _ := strings.Cut(entry, "=")
		d.variable = prefix + name
		d.override("", name, value, dst)
	}
	d.variable = ""
}

// foreign reports whether a variable, less its prefix, is none of ours: CONFIG names the file on the command line,
// CENTERFACE the training's backbone, and Kubernetes sets SERVICE and PORT variables for a service called maskwarden.
func foreign(rest string) bool {
	name, _, _ := strings.Cut(rest, "=")
	return name == "CONFIG" || name == "CENTERFACE" || strings.HasPrefix(name, "SERVICE_") ||
		name == "PORT" || strings.HasPrefix(name, "PORT_")
}

// compareParts compares two parts of a name, as numbers if they are.
func compareParts(a, b string) int {
	m, errA := strconv.Atoi(a)
	n, errB := strconv.Atoi(b)
	if errA == nil && errB == nil {
		return cmp.Compare(m, n)
	}
	return cmp.Compare(a, b)
}

// override sets the value in dst that the rest of a variable's name leads to. Scalars are taken as they are, the rest is YAML.
func (d *decoder) override(key, rest, value string, dst reflect.Value) {
	switch {
	case rest == "" && key != "":
		d.assign(key, value, dst)
		return
	case dst.Kind() == reflect.Struct:
		for _, name := range namesOf(dst.Type()) {
			upper := strings.ToUpper(name)
			if after, ok := strings.CutPrefix(rest+"_", upper+"_"); ok {
				field, _ := fieldOf(dst, name)
				d.override(join(key, name), strings.TrimSuffix(after, "_"), value, field)
				return
			}
		}
	case dst.Kind() == reflect.Slice:
		index, after, _ := strings.Cut(rest, "_")
		if i, err := strconv.Atoi(index); err == nil && i >= 0 {
			d.overrideItem(key, i, after, value, dst)
			return
		}
	}
	d.errs = append(d.errs, Error{File: environment, Key: d.variable, Message: "unknown key" + d.meantVariable()})
}

func (d *decoder) overrideItem(key string, i int, rest, value string, list reflect.Value) {
	if i > list.Len() {
		d.errs = append(d.errs, Error{File: environment, Key: d.variable, Message: "want an index up to " + strconv.Itoa(list.Len()) + " (got " + strconv.Itoa(i) + ")"})
		return
	}
	item := key + "[" + strconv.Itoa(i) + "]"
	if i == list.Len() {
		list.Set(reflect.Append(list, reflect.New(list.Type().Elem()).Elem()))
		prepare(list.Index(i))
		d.places[item] = place{variable: d.variable}
	}
	d.override(item, rest, value, list.Index(i))
}

func (d *decoder) assign(key, value string, dst reflect.Value) {
	delete(d.wrong, key)
	d.places[key] = place{variable: d.variable}
	switch dst.Kind() {
	case reflect.Struct, reflect.Slice, reflect.Array:
		body, err := parse([]byte(value))
		if err == nil && body == nil {
			body = ast.Null(nil)
		}
		if err != nil {
			d.report(key, "want %s as YAML (got %s)", kindOf(dst), Quoted(value))
			return
		}
		d.value(key, body, dst)
	default:
		if err := setText(dst, value); err != nil {
			d.report(key, "%v", err)
		}
	}
}

// meantVariable returns ", did you mean …?" if a variable's name is near. What all names share does not make them near.
func (d *decoder) meantVariable() string {
	names := variables(d.root, "")
	for i := range names {
		names[i] = strings.TrimPrefix(names[i], prefix)
	}
	if near := nearest(strings.TrimPrefix(d.variable, prefix), names); near != "" {
		return `, did you mean "` + prefix + near + `"?`
	}
	return ""
}

// variables returns the names of the variables of a struct's keys, list items with index 0.
func variables(t reflect.Type, key string) []string {
	var names []string
	for field := range t.Fields() {
		name, typ := join(key, field.Tag.Get("yaml")), field.Type
		names = append(names, variableOf(name))
		if typ.Kind() == reflect.Slice && typ.Elem().Kind() == reflect.Struct {
			name, typ = name+"[0]", typ.Elem()
		}
		if typ.Kind() == reflect.Struct {
			names = append(names, variables(typ, name)...)
		}
	}
	return names
}

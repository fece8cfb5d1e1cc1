package decode

import (
	"reflect"
	"strings"
)

// fieldOf returns the field of a struct that a key names.
func fieldOf(v reflect.Value, name string) (reflect.Value, bool) {
	for i := range v.NumField() {
		if v.Type().Field(i).Tag.Get("yaml") == name {
			return v.Field(i), true
		}
	}
	return reflect.Value{}, false
}

// namesOf returns the keys of a struct.
func namesOf(t reflect.Type) []string {
	names := make([]string, t.NumField())
	for i := range names {
		names[i] = t.Field(i).Tag.Get("yaml")
	}
	return names
}

// hint returns ", did you mean …?" if a name is near, otherwise the names if they are few, otherwise nothing.
func hint(name string, names []string) string {
	const few = 20
	if near := DidYouMean(name, names); near != "" {
		return near
	}
	if len(names) <= few {
		return ", want " + Either(names)
	}
	return ""
}

// DidYouMean returns ", did you mean …?" if a name is near.
func DidYouMean(name string, names []string) string {
	if near := nearest(name, names); near != "" {
		return `, did you mean "` + near + `"?`
	}
	return ""
}

// nearest returns the name that was probably meant, or "".
func nearest(name string, names []string) string {
	best, distance := "", max(2, len(name)/3)+1
	for _, n := range names {
		d := edits(name, n)
		if strings.HasPrefix(n, name) && len(name) > 3 || strings.HasPrefix(name, n) && len(name) < 2*len(n) && d <= 3 {
			d = min(d, 2) // cut short, or inflected
		}
		if d < distance {
			best, distance = n, d
		}
	}
	return best
}

// Either joins names with commas and "or".
func Either(names []string) string {
	last := len(names) - 1
	if last == 0 {
		return names[0]
	}
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// edits returns the Levenshtein distance of two names, in bytes.
func edits(a, b string) int {
	const most = 64 // longer names are no typing mistakes
	if len(a) > most || len(b) > most {
		return len(a) + len(b)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		left := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := left
			if a[i] != b[j] {
				replace++
			}
			left = row[j+1]
			row[j+1] = min(replace, left+1, row[j]+1)
		}
	}
	return row[len(b)]
}

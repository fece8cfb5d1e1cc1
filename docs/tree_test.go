package docs_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Limits of the tree.
const (
	maxLines  = 400 // of a file of code
	maxFolder = 25  // files of code in a folder, tests not counted
	maxMedian = 110 // lines of a file, tests not counted
)

// TestTreeIsSmall: files of one thought, folders that can be taken in at a glance.
func TestTreeIsSmall(t *testing.T) {
	for _, ending := range []string{".go", ".py"} {
		folders := map[string]int{}
		var sizes []int
		for _, file := range tracked(t, ending) {
			n := strings.Count(read(t, file), "\n")
			if n > maxLines {
				t.Errorf("%s: %d lines, at most %d", file, n, maxLines)
			}
			if strings.HasSuffix(file, "_test.go") || strings.Contains(file, "/tests/") {
				continue
			}
			folders[filepath.Dir(file)]++
			sizes = append(sizes, n)
		}
		for folder, n := range folders {
			if n > maxFolder {
				t.Errorf("%s: %d %s files, at most %d", folder, n, ending, maxFolder)
			}
		}
		slices.Sort(sizes)
		if median := sizes[len(sizes)/2]; median > maxMedian {
			t.Errorf("%s: the median file has %d lines, at most %d", ending, median, maxMedian)
		}
	}
}

package docs_test

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestSecurityNamesItsTests: what SECURITY.md calls as its witness is there, and each interface has one.
func TestSecurityNamesItsTests(t *testing.T) {
	there := map[string]bool{}
	for _, file := range tracked(t, "_test.go") {
		for _, m := range regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`).FindAllStringSubmatch(read(t, file), -1) {
			there[m[1]] = true
		}
	}
	for _, m := range regexp.MustCompile(`(?m)^(test-[a-z]+):`).FindAllStringSubmatch(read(t, "mk/test.mk"), -1) {
		there["make "+m[1]] = true
	}
	text := read(t, "SECURITY.md")
	_, text, _ = strings.Cut(text, "## Interfaces")
	text, _, _ = strings.Cut(text, "\n## ")
	witness, rows := regexp.MustCompile("`((?:Test|Fuzz|make test-)[\\w-]+)`"), 0
	for row := range strings.Lines(text) {
		if !strings.HasPrefix(row, "| ") || strings.HasPrefix(row, "| ---") || strings.HasPrefix(row, "| interface") {
			continue
		}
		rows++
		named := witness.FindAllStringSubmatch(row, -1)
		if len(named) == 0 {
			t.Errorf("no test: %s", row)
		}
		for _, m := range named {
			if !there[m[1]] {
				t.Errorf("there is no %s", m[1])
			}
		}
	}
	if rows < 10 {
		t.Errorf("%d interfaces, want 10 or more", rows)
	}
}

// TestEveryInterfaceMeetsHostileTexts: each package that shows texts from outside drives its interface with those of reporttest.
func TestEveryInterfaceMeetsHostileTexts(t *testing.T) {
	calls := map[string]int{}
	for _, file := range tracked(t, "_test.go") {
		calls[filepath.Dir(file)] += strings.Count(read(t, file), "reporttest.Check")
	}
	for _, dir := range []string{"cli", "demo/terminal", "evaluate/robustness", "report/metrics", "report/mqtt", "report/page", "selftest/htmlreport"} {
		if calls[dir] == 0 {
			t.Errorf("no test of %s calls reporttest", dir)
		}
	}
}

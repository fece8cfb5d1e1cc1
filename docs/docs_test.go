// Package docs_test holds the documents and the tree to the rules of CONTRIBUTING.md.
package docs_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const root = ".."

// tracked are the files of the repository with one of the endings, as paths from its root.
func tracked(t *testing.T, endings ...string) (files []string) {
	t.Helper()
	out, err := exec.Command("git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		t.Fatalf("git ls-files: %v: these tests need a clone", err)
	}
	for file := range strings.SplitSeq(strings.TrimRight(string(out), "\x00"), "\x00") {
		for _, ending := range endings {
			if _, err := os.Stat(filepath.Join(root, file)); err == nil && strings.HasSuffix(file, ending) {
				files = append(files, file)
			}
		}
	}
	if len(files) == 0 {
		t.Fatalf("no file ends in %v", endings)
	}
	return files
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// maxWords is how long a sentence of a document may be.
const maxWords = 30

// paragraphs splits a document into runs of prose: no code, no comments, one for each list item and each cell of a table.
func paragraphs(text string) (all []string) {
	text = regexp.MustCompile("(?s)```.*?```|<!--.*?-->").ReplaceAllString(text, "\n\n")
	text = regexp.MustCompile(`(?m)^( {4}|\t).*$`).ReplaceAllString(text, "\n")
	text = regexp.MustCompile("`[^`]*`").ReplaceAllString(text, "code") // one word, whatever it holds
	text = regexp.MustCompile(`\]\([^)]*\)`).ReplaceAllString(text, "]")
	text = regexp.MustCompile(`(?m)^\s*([-*]|\d+\.|#+) `).ReplaceAllString(text, "\n\n")
	text = regexp.MustCompile(`(?m)^\|.*$`).ReplaceAllStringFunc(text, func(row string) string { return strings.ReplaceAll(row, "|", "\n\n") })
	for p := range strings.SplitSeq(text, "\n\n") {
		if p = strings.Join(strings.Fields(p), " "); p != "" {
			all = append(all, p)
		}
	}
	return all
}

// sentences ends one at . ! or ? before a space and a capital letter, a digit, a bracket or emphasis, and at a colon or semicolon never.
func sentences(paragraph string) []string {
	marked := regexp.MustCompile(`([.!?]["')\]*]*) ([A-Z0-9\[(*"]|code)`).ReplaceAllString(paragraph, "$1\n$2")
	return strings.Split(marked, "\n")
}

func words(sentence string) int {
	n := 0
	for word := range strings.FieldsSeq(sentence) {
		if regexp.MustCompile(`[A-Za-z0-9]`).MatchString(word) {
			n++
		}
	}
	return n
}

func TestSentencesAreShort(t *testing.T) {
	for _, file := range tracked(t, ".md") {
		if strings.HasPrefix(file, "models/") || file == "training/pack/card.md" { // signed with the packs, and their template
			continue
		}
		for _, p := range paragraphs(read(t, file)) {
			for _, s := range sentences(p) {
				if n := words(s); n > maxWords {
					t.Errorf("%s: %d words, at most %d: %s", file, n, maxWords, s)
				}
			}
		}
	}
}

func TestWordCount(t *testing.T) {
	p := paragraphs("# A title\n\nOne `two words` [three](x.md) - four. Five, e.g. six!\n\n    code here\n\n| a cell | another |\n- an item\n")
	want := []string{"A title", "One code [three] - four. Five, e.g. six!", "a cell", "another", "an item"}
	if strings.Join(p, "|") != strings.Join(want, "|") {
		t.Fatalf("got %q, want %q", p, want)
	}
	if s := sentences(p[1]); len(s) != 2 || words(s[0]) != 4 || words(s[1]) != 3 {
		t.Errorf("got %q", s)
	}
}

// TestPlainWords holds documents, code and screens to the field's words and to American spelling.
func TestPlainWords(t *testing.T) {
	private := regexp.MustCompile(`(?i)\b(amiss|oftener|anew|by lot|defence|grey|oracle|onlooker|rivals|at hand|colour|behaviour|centre|labelled|licence)\b`) //nolint:misspell // these are the words it refuses
	for _, file := range tracked(t, ".md", ".go", ".py", ".html", ".js", ".css", ".yaml", ".mk", ".sh") {
		switch {
		case file == "docs/docs_test.go", strings.HasPrefix(file, "models/"), file == "training/pack/card.md": // this list, and what is signed
			continue
		case file == "training/publish.py": // reads names out of the shipped packs
			continue
		}
		for i, line := range strings.Split(read(t, file), "\n") {
			if word := private.FindString(line); word != "" {
				t.Errorf("%s:%d: %q: %s", file, i+1, word, strings.TrimSpace(line))
			}
		}
	}
}

// TestLinks: what a document refers to inside the repository is there, headings included.
func TestLinks(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	for _, file := range tracked(t, ".md") {
		for _, m := range link.FindAllStringSubmatch(read(t, file), -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			path, heading, _ := strings.Cut(m[1], "#")
			to := file
			if path != "" {
				to = filepath.Join(filepath.Dir(file), path)
			}
			if _, err := os.Stat(filepath.Join(root, to)); err != nil {
				t.Errorf("%s: link to %s: no such file", file, m[1])
			} else if heading != "" && !hasHeading(read(t, to), heading) {
				t.Errorf("%s: link to %s: no such heading", file, m[1])
			}
		}
	}
}

func hasHeading(text, anchor string) bool {
	for line := range strings.SplitSeq(text, "\n") {
		if title, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " "); ok && strings.HasPrefix(line, "#") {
			title = regexp.MustCompile("[^a-z0-9 _-]").ReplaceAllString(strings.ToLower(title), "")
			if strings.ReplaceAll(title, " ", "-") == anchor {
				return true
			}
		}
	}
	return false
}

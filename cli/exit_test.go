package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestExplain(t *testing.T) {
	plain := errors.New("it broke")
	for _, c := range []struct {
		err  error
		code int
		want string
	}{
		{nil, 0, ""},
		{plain, 1, "Error: it broke\n"},
		{fail(exitConfig, "fix it", plain), 78, "Error: it broke\nTry: fix it\n"},
		{fmt.Errorf("file: %w", fail(exitNoInput, "", plain)), 66, "Error: file: it broke\n"},
		{fail(exitNoInput, "", context.Canceled), 130, "Error: context canceled\n"}, // interrupted is not unreadable
	} {
		var out bytes.Buffer
		if code := explain(&out, c.err, false); code != c.code || out.String() != c.want {
			t.Errorf("%v: exit code %d, %q; want %d, %q", c.err, code, out.String(), c.code, c.want)
		}
	}
}

// TestExitCodesAreDocumented: the table of docs/COMMANDS.md lists these codes, and no others but that of Go's panics.
func TestExitCodesAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../docs/COMMANDS.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "\n## Exit codes\n")
	table, _, _ = strings.Cut(table, "\n## ")
	var got []string
	for _, row := range regexp.MustCompile(`(?m)^\| (\d+) \|`).FindAllStringSubmatch(table, -1) {
		got = append(got, row[1])
	}
	var want []string
	for _, code := range []int{
		exitOK, exitFailure, 2, exitTestFailed, exitDegraded, exitUsage, exitNoInput, exitUnavailable, exitInternal, exitCannotWrite, exitNotYet, exitConfig,
		exitInterrupted,
	} {
		want = append(want, strconv.Itoa(code))
	}
	if !slices.Equal(got, want) {
		t.Errorf("the table has %v, want %v", got, want)
	}
}

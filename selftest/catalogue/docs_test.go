package catalogue_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/maskwarden/maskwarden/selftest"
	"github.com/maskwarden/maskwarden/selftest/camera"
	"github.com/maskwarden/maskwarden/selftest/catalogue"
	"github.com/maskwarden/maskwarden/selftest/deep"
	"github.com/maskwarden/maskwarden/selftest/defense"
	"github.com/maskwarden/maskwarden/selftest/host"
	"github.com/maskwarden/maskwarden/selftest/model"
)

// update writes the tables into the documentation: go test ./selftest/catalogue -update.
var update = flag.Bool("update", false, "write the documentation's tables")

// all are the checks of a unit that has everything. They are only described here.
func all() []selftest.Check {
	m := &model.Model{}
	return catalogue.Checks(&catalogue.Unit{
		Model: m, Defense: &defense.Defense{Model: m}, Cameras: []*camera.Camera{{}}, Host: &host.Host{}, Deep: &deep.Suite{},
	})
}

// attacks says whether a check attacks the model on the unit, for which the documentation has a table of its own.
func attacks(c *selftest.Check) bool { return strings.HasPrefix(c.Name, "deep_") }

// described is the table of some checks.
func described(chosen func(*selftest.Check) bool) string {
	var b strings.Builder
	b.WriteString("| check | severity | what it asks | needs | when it does not pass |\n| --- | --- | --- | --- | --- |\n")
	for _, c := range all() {
		if !chosen(&c) {
			continue
		}
		needs := make([]string, len(c.Needs))
		for i, n := range c.Needs {
			needs[i] = n.Name
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", c.Name, c.Severity, c.Asks, strings.Join(needs, ", "), c.Remedy)
	}
	return b.String()
}

// TestDocumentation holds the tables of the documentation equal to the catalogue.
func TestDocumentation(t *testing.T) {
	const path = "../../docs/SELFTEST.md"
	for _, c := range []struct{ table, want string }{
		{"checks", described(func(c *selftest.Check) bool { return !attacks(c) })},
		{"deep checks", described(attacks)},
	} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		begin, end := "<!-- "+c.table+", written by go test ./selftest/catalogue -update -->\n", "<!-- end -->\n"
		before, rest, found := strings.Cut(string(text), begin)
		got, after, closed := strings.Cut(rest, end)
		if !found || !closed {
			t.Fatalf("no %q … %q", begin, end)
		}
		if got == c.want {
			continue
		}
		if !*update {
			t.Errorf("the table of %s is not the catalogue's: go test ./selftest/catalogue -update", c.table)
			continue
		}
		if err := os.WriteFile(path, []byte(before+begin+c.want+end+after), 0o600); err != nil {
			t.Error(err)
		}
	}
}

// TestChecks holds every check to its description: a name of its own, a severity, and what the documentation says of it.
func TestChecks(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range all() {
		if seen[c.Name] || c.Name == "" || c.Asks == "" || c.Remedy == "" || c.Run == nil {
			t.Errorf("got %+v, want a name of its own, what it asks, what to do, and how to run it", c)
		}
		seen[c.Name] = true
		if c.Severity != selftest.Vital && c.Severity != selftest.Drift && c.Severity != selftest.Fault {
			t.Errorf("%s has the severity %q", c.Name, c.Severity)
		}
		if strings.Contains(c.Asks+c.Remedy, "|") {
			t.Errorf("%s: a table of the documentation cannot hold a |", c.Name)
		}
	}
	u := &catalogue.Unit{Model: &model.Model{}, Defense: &defense.Defense{}, Host: &host.Host{}, Cameras: []*camera.Camera{{Name: "door"}, {Name: "hall"}}}
	names := strings.Join(selftest.Names(catalogue.Checks(u)), " ")
	for _, want := range []string{" camera_opens:door ", " camera_moved:hall "} {
		if !strings.Contains(names, want) {
			t.Errorf("no %s in %s", want, names)
		}
	}
	if strings.Contains(names, "deep_") {
		t.Errorf("attacks that nobody asked for in %s", names)
	}
	if got, want := strings.Join(selftest.Names(catalogue.Vital(all())), " "), "pack_hash model_answers smoothing pack_signature delegate"; got != want {
		t.Errorf("before a frame is processed %s must pass, want %s", got, want)
	}
}

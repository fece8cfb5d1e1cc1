package cli_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/report/outbox"
	"github.com/maskwarden/maskwarden/report/reporttest"
)

// fillOutbox makes an outbox with n events, and returns its state folder and the only file.
func fillOutbox(t *testing.T, n int) (dir, path string) {
	t.Helper()
	dir = t.TempDir()
	o := &outbox.Outbox{Dir: dir}
	o.Initialize()
	for range n {
		o.Append(func(seq uint64, _ bool) []byte {
			data, err := report.Event{ID: fmt.Sprintf("door-x-%d", seq), Seq: seq, Camera: "front\x1b[2J", Track: 4, Label: "none"}.Encode()
			if err != nil {
				t.Fatal(err)
			}
			return data
		})
	}
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, outbox.Folder, "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	return dir, files[0]
}

func TestOutboxListAndExport(t *testing.T) {
	dir, path := fillOutbox(t, 3)
	folder := filepath.Dir(path)
	code, out, stderr := run("outbox", "list", "--state-dir", dir)
	want := fmt.Sprintf(`       1  0001-01-01 00:00:00  front�[2J  person 4  none; unverified  door-x-1
       2  0001-01-01 00:00:00  front�[2J  person 4  none; unverified  door-x-2
       3  0001-01-01 00:00:00  front�[2J  person 4  none; unverified  door-x-3
%s: 3 events wait, 0 are missing, 0 lost before; 0 bytes are damaged, 0 were cut off while written; the next number is 4
`, folder)
	if code != 0 || out != want {
		t.Errorf("exit code %d\n%s%s\nwant\n%s", code, out, stderr, want)
	}
	code, out, _ = run("outbox", "export", "--state-dir", dir)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	var e report.Event
	if code != 0 || len(lines) != 3 || json.Unmarshal([]byte(lines[2]), &e) != nil || e.Seq != 3 || e.Label != "none" {
		t.Errorf("exit code %d, exported %q", code, out)
	}

	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[strings.Index(string(data), "door-x-2")] ^= 1
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, stderr = run("outbox", "list", "--state-dir", dir, "--json")
	var l struct {
		Events  []report.Event
		Missing [][2]uint64
		Next    uint64
		Damaged int
	}
	if err := json.Unmarshal([]byte(out), &l); err != nil {
		t.Fatal(err)
	}
	if code != 4 || len(l.Events) != 2 || l.Events[1].Seq != 3 || len(l.Missing) != 1 || l.Missing[0] != [2]uint64{2, 2} || l.Next != 4 || l.Damaged == 0 {
		t.Errorf("exit code %d, %+v", code, l)
	}
	if want := "is damaged: 1 events are missing, "; !strings.Contains(stderr, want) {
		t.Errorf("%q, want %q", stderr, want)
	}
	if code, out, _ = run("outbox", "export", "--state-dir", dir); code != 4 || strings.Count(out, "\n") != 2 {
		t.Errorf("exit code %d, exported %q", code, out)
	}
}

// TestOutboxShowsTheSafetyFields of events that wait, to a person and to a script.
func TestOutboxShowsTheSafetyFields(t *testing.T) {
	for _, args := range [][]string{{"list"}, {"list", "--json"}, {"export"}} {
		reporttest.CheckFields(t, fmt.Sprint("outbox ", args), func(e report.Event) string {
			o := &outbox.Outbox{Dir: t.TempDir()}
			o.Initialize()
			o.Append(func(seq uint64, _ bool) []byte {
				e.Seq = seq
				data, err := e.Encode()
				if err != nil {
					t.Fatal(err)
				}
				return data
			})
			if err := o.Close(); err != nil {
				t.Fatal(err)
			}
			_, out, _ := run(append(append([]string{"outbox"}, args...), "--state-dir", o.Dir)...)
			return strings.ReplaceAll(out, o.Dir, "DIR")
		})
	}
}

func TestOutboxThatIsNotThere(t *testing.T) {
	dir := t.TempDir()
	for _, command := range []string{"list", "export"} {
		code, _, stderr := run("outbox", command, "--state-dir", dir)
		if code != 66 || !strings.Contains(stderr, dir+": there is no outbox") {
			t.Errorf("%s: exit code %d, %s", command, code, stderr)
		}
	}
}

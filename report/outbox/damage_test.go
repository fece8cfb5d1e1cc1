package outbox

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// full is an outbox of several files of which some events were acknowledged; waiting are those that were not.
func full(t testing.TB) (dir string, waiting []uint64) {
	t.Helper()
	dir = t.TempDir()
	o := open(t, &Outbox{Dir: dir, segment: 1 << 16})
	defer shut(t, o)
	for range 3 {
		fill(o, 180)
		for i, e := range o.Take(30) {
			if i%3 > 0 {
				o.Ack(e)
			}
		}
		flush(t, o)
	}
	return dir, numbers(t, o.Peek(10_000))
}

// TestDamage damages a thousand outboxes: what was not damaged is still there, nothing wrong comes out, no number is used again, and
// what is missing is counted.
func TestDamage(t *testing.T) {
	tries := 1000
	if raceEnabled {
		tries = 100
	}
	good, waiting := full(t)
	rnd := rand.New(rand.NewPCG(3, 4))
	lost, wrong := 0, 0
	for range tries {
		dir := copyFolder(t, good)
		all := files(t, dir)
		name := names(all)[rnd.IntN(len(all))]
		path, data := filepath.Join(dir, Folder, name), all[name]
		most := 0 // events that the damage can have cost
		records := func(b []byte) (n int) {
			scan(b, func(r record) {
				if r.kind == eventKind {
					n++
				}
			})
			return n
		}
		switch rnd.IntN(4) {
		case 0: // a bit
			at := rnd.IntN(len(data))
			data[at] ^= 1 << rnd.IntN(8)
			most = 1
		case 1: // a page
			at := rnd.IntN(len(data)) / 4096 * 4096
			copy(data[at:min(at+4096, len(data))], make([]byte, 4096))
			most = 4096/550 + 2
		case 2: // the end
			at := rnd.IntN(len(data))
			most = records(data) - records(data[:at])
			data = data[:at]
		case 3: // the file
			most = records(data)
			data = nil
		}
		if data == nil && rnd.IntN(2) == 0 {
			os.Remove(path)
		} else if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		o := open(t, &Outbox{Dir: dir, segment: 1 << 16, disk: quick()})
		got := numbers(t, o.Peek(10_000))
		missing := 0
		for _, seq := range waiting {
			if _, ok := slices.BinarySearch(got, seq); !ok {
				missing++
			}
		}
		s := o.State()
		if missing > most || !slices.IsSorted(got) || s.Error != "" {
			wrong += max(1, missing-most)
			t.Errorf("%s: %d events missing, at most %d were damaged; %+v", name, missing, most, s)
		}
		if next, stored := add(o); next <= waiting[len(waiting)-1] || !stored {
			t.Errorf("%s: the next event is number %d, stored: %v", name, next, stored)
		}
		lost += missing
		shut(t, o)
		again := open(t, &Outbox{Dir: dir, disk: quick()})
		if after := again.State(); after.Queued != len(got)+1 || after.Dropped != s.Dropped {
			t.Errorf("%s: after another restart %+v, before %+v", name, after, s)
		}
		shut(t, again)
	}
	t.Logf("%d events lost where the damage was, of %d in each", lost, len(waiting))
	t.Logf("chaos: outbox cut, a bit or page altered, or deleted: lost elsewhere | %d | %d | %d", tries, tries, wrong)
}

// TestChaosBorder cuts the log of a killed writer exactly between two records, where nothing torn shows it: no number is used again, so
// that what is missing is a gap. Once the machine runs on, and once the power was cut.
func TestChaosBorder(t *testing.T) {
	tries, lost := 0, 0
	for range kills(t) {
		dir, given := killed(t)
		all := files(t, dir)
		name := names(all)[len(all)-1]
		var borders []int
		at := 0
		scan(all[name], func(r record) {
			at += len(r.append(nil))
			borders = append(borders, at)
		})
		for _, border := range borders[:len(borders)-1] {
			for _, boot := range []string{"", "another"} {
				tries++
				cut := copyFolder(t, dir)
				if err := os.WriteFile(filepath.Join(cut, Folder, name), all[name][:border], 0o600); err != nil {
					t.Fatal(err)
				}
				o := open(t, &Outbox{Dir: cut, disk: quick(), clock: clock{boot: boot}})
				if next, _ := add(o); next <= given {
					lost++
					t.Errorf("cut at %d of %d, boot %q: number %d is given out again, up to %d were", border, len(all[name]), boot, next, given)
				}
				shut(t, o)
			}
		}
	}
	t.Logf("chaos: log cut between two records after a kill: losses without a gap | %d | %d | %d", tries, tries-lost, lost)
}

// killed is the outbox of a writer that was killed, and the last number that it gave out.
func killed(t *testing.T) (dir string, given uint64) {
	t.Helper()
	dir = t.TempDir()
	cmd := child(dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for n := 0; lines.Scan(); n++ {
		var seq uint64
		if got, _ := fmt.Sscanf(lines.Text(), "%d true", &seq); got == 1 {
			given = max(given, seq)
		}
		if n == 30 {
			_ = cmd.Process.Kill()
		}
	}
	_ = cmd.Wait()
	return dir, given
}

// TestMissingIsCounted deletes the file in the middle.
func TestMissingIsCounted(t *testing.T) {
	dir, waiting := full(t)
	all := files(t, dir)
	name := names(all)[1]
	if err := os.Remove(filepath.Join(dir, Folder, name)); err != nil {
		t.Fatal(err)
	}
	gone := 0
	scan(all[name], func(r record) {
		if _, ok := slices.BinarySearch(waiting, r.seq); ok && r.kind == eventKind {
			gone++
		}
	})
	o := open(t, &Outbox{Dir: dir, segment: 1 << 16})
	defer shut(t, o)
	if s := o.State(); gone == 0 || s.Queued < len(waiting)-gone || s.Queued > len(waiting)-gone+20 || s.Dropped < uint64(gone) || s.Loss == "" {
		t.Errorf("%+v, of %d with %d gone", s, len(waiting), gone)
	}
}

// quick is a disk that syncs nothing.
func quick() disk {
	d := (&recorder{}).disk()
	d.remove = nil
	return d
}

// FuzzRead reads any bytes as the outbox's only file.
func FuzzRead(f *testing.F) {
	dir, _ := full(f)
	for _, data := range files(f, dir) {
		f.Add(data[:min(4000, len(data))])
		f.Add(data[max(0, len(data)-4000):])
	}
	f.Add([]byte("no outbox"))
	f.Add(bytes.Repeat(magic(), 1000))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		if err := os.MkdirAll(filepath.Join(dir, Folder), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, Folder, fileName(1)), data, 0o600); err != nil {
			t.Fatal(err)
		}
		o := open(t, &Outbox{Dir: dir, segment: 1 << 16, times: times{open: time.Minute, answer: time.Minute}})
		before := len(o.Peek(1_000_000))
		if seq, stored := add(o); !stored || seq == 0 {
			t.Errorf("event %d, stored: %v: %+v", seq, stored, o.State())
		}
		shut(t, o)
		c, err := Read(dir)
		if err != nil || len(c.Events) != before+1 {
			t.Errorf("%d events, want %d: %v", len(c.Events), before+1, err)
		}
	})
}

package outbox

import (
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"
)

// op is one thing that the log did to the disk.
type op struct {
	path   string
	kind   string // write, sync, folder or remove
	data   []byte
	offset int
	began  int // of a sync: how many operations there were before it
	at     time.Time
}

// recorder is a disk that notes what is done to it.
type recorder struct {
	mu   sync.Mutex
	ops  []op
	slow time.Duration // a sync
}

func (r *recorder) note(o op) {
	r.mu.Lock()
	defer r.mu.Unlock()
	o.at = time.Now()
	r.ops = append(r.ops, o)
}

func (r *recorder) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.ops)
}

type recorded struct {
	file
	r    *recorder
	path string
	size int
}

func (f *recorded) Write(b []byte) (int, error) {
	n, err := f.file.Write(b)
	f.r.note(op{path: f.path, kind: "write", data: slices.Clone(b[:n]), offset: f.size})
	f.size += n
	return n, err
}

func (f *recorded) Sync() error {
	began := f.r.count()
	time.Sleep(f.r.slow)
	f.r.note(op{path: f.path, kind: "sync", began: began})
	return nil
}

func (r *recorder) disk() disk {
	d := disk{}
	d.setDefaults()
	opens := d.open
	d.open = func(path string) (file, error) {
		f, err := opens(path)
		if err != nil {
			return nil, err
		}
		info, err := f.Stat()
		return &recorded{f, r, path, int(info.Size())}, err
	}
	d.syncFolder = func(string) error { r.note(op{kind: "folder", began: r.count()}); return nil }
	remove := d.remove
	d.remove = func(path string) error { r.note(op{path: path, kind: "remove"}); return remove(path) }
	return d
}

// image is what a disk may hold after a power cut when k operations were done: what was synced for sure, of the rest anything.
func (r *recorder) image(t *testing.T, k int, rnd *rand.Rand) (dir string) {
	t.Helper()
	dir = t.TempDir()
	synced, folder := map[string]int{}, 0
	for _, o := range r.ops[:k] {
		switch o.kind {
		case "sync":
			synced[o.path] = max(synced[o.path], o.began)
		case "folder":
			folder = max(folder, o.began)
		}
	}
	files, made := map[string][]byte{}, map[string]int{}
	rest := rnd.IntN(3) // of what was not synced: all, nothing, or some of the blocks
	for i, o := range r.ops[:k] {
		switch {
		case o.kind == "remove" && rnd.IntN(2) == 0:
			delete(files, o.path)
		case o.kind == "write":
			if _, ok := made[o.path]; !ok {
				made[o.path] = i
			}
			if i >= synced[o.path] && rest == 1 {
				continue
			}
			f := append(files[o.path], make([]byte, max(0, o.offset+len(o.data)-len(files[o.path])))...)
			for at := 0; at < len(o.data); at += 512 {
				if i < synced[o.path] || rest == 0 || rnd.IntN(2) == 0 {
					copy(f[o.offset+at:], o.data[at:min(at+512, len(o.data))])
				}
			}
			files[o.path] = f
		}
	}
	for path, data := range files {
		if made[path] >= folder && rnd.IntN(2) == 0 {
			continue // its name was not synced
		}
		to := filepath.Join(dir, Folder, filepath.Base(path))
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// handed is an event that Append returned.
type handed struct {
	ops int // that were done by then
	at  time.Time
}

// TestPowerCuts replays unsynced writes: after each cut all but the last events are there, and no number is given out twice.
func TestPowerCuts(t *testing.T) {
	const slow, interval = 5 * time.Millisecond, 20 * time.Millisecond
	cuts, lost, late, reused, longest := 0, 0, 0, 0, time.Duration(0)
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 4 {
		r := &recorder{slow: slow}
		up := time.Hour
		o := open(t, &Outbox{Dir: t.TempDir(), Sync: interval, disk: r.disk(), clock: machine("a", &up)})
		given, acked := map[uint64]handed{}, map[uint64]bool{}
		for i := range 2500 {
			seq, stored := add(o)
			given[seq] = handed{r.count(), time.Now()}
			if !stored {
				t.Fatalf("event %d is not stored", seq)
			}
			if i%4 == 3 {
				for _, e := range o.Take(3) {
					acked[e.Seq] = true
					o.Ack(e)
				}
			}
			if i%50 == 0 {
				time.Sleep(time.Duration(rnd.IntN(int(2 * interval))))
			}
		}
		last := r.count()
		shut(t, o)
		for range 50 {
			cuts++
			k := 3 + rnd.IntN(last-3)
			dir := r.image(t, k, rnd)
			up := time.Second
			after := open(t, &Outbox{Dir: dir, clock: machine("b", &up)})
			here := map[uint64]bool{}
			for _, seq := range numbers(t, after.Peek(10_000)) {
				here[seq] = true
			}
			next, _ := add(after)
			for seq, h := range given {
				if h.ops > k { // it came after the cut
					continue
				}
				if next <= seq {
					reused++
				}
				if !acked[seq] && !here[seq] {
					lost++
					age := r.ops[k].at.Sub(h.at)
					longest = max(longest, age)
					if age > interval+3*slow+20*time.Millisecond { // the machine's own pauses
						late++
					}
				}
			}
			shut(t, after)
		}
	}
	t.Logf("%d events lost within the interval, the oldest %v old; numbers used again %d", lost, longest, reused)
	t.Logf("chaos: power cut, lost beyond the interval of %v | %d | %d | %d", interval, cuts, cuts-reused, late)
	if lost == 0 || late > 0 || reused > 0 {
		t.Error("want some events lost, none beyond the interval, and no number used again")
	}
}

// TestPowerCutAtOnce has nothing but a folder that was synced: the numbers go on all the same.
func TestPowerCutAtOnce(t *testing.T) {
	r := &recorder{}
	up := time.Hour
	o := open(t, &Outbox{Dir: t.TempDir(), Sync: time.Hour, disk: r.disk(), clock: machine("a", &up)})
	k := r.count()
	fill(o, 10)
	shut(t, o)
	after := open(t, &Outbox{Dir: r.image(t, k, rand.New(rand.NewPCG(1, 1))), clock: machine("b", &up)})
	defer shut(t, after)
	if next, _ := add(after); next <= 10 {
		t.Errorf("number %d is given out again", next)
	}
	if s := after.State(); s.Dropped != 0 {
		t.Errorf("state %+v: what nobody knows of is not counted", s)
	}
}

// copyFolder copies an outbox.
func copyFolder(t testing.TB, from string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// files are those of an outbox, by name.
func files(t testing.TB, dir string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	err := fs.WalkDir(os.DirFS(filepath.Join(dir, Folder)), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			all[path], err = os.ReadFile(filepath.Join(dir, Folder, path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func names(all map[string][]byte) []string { return slices.Sorted(maps.Keys(all)) }

package memory

import (
	"bufio"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const smaps = `55d0c0a00000-55d0c0a10000 r-xp 00000000 fe:00 12 /usr/bin/maskwarden
Rss:                  64 kB
Anonymous:             0 kB
7f0000000000-7f0000010000 r--p 00000000 fe:00 13 /usr/lib/relocated.so
Rss:                  64 kB
Anonymous:             4 kB
7f0000020000-7f0000030000 rw-p 00000000 fe:00 13 /usr/lib/data.so
Anonymous:             0 kB
7f0000040000-7f0000050000 r--p 00000000 00:00 0
Anonymous:             0 kB
7f0000060000-7f0000070000 r--p 00000000 00:00 0 [vvar]
Anonymous:             0 kB
7f0000080000-7f0000090000 r--p 00000000 fe:00 14 /usr/lib/plain.so (deleted)
VmFlags: rd mr mw me sd
Anonymous:             0 kB
`

func TestCleanMappings(t *testing.T) {
	got, err := cleanMappings(bufio.NewScanner(strings.NewReader(smaps)))
	want := []mapping{
		{0x55d0c0a00000, 0x55d0c0a10000, "/usr/bin/maskwarden"},
		{0x7f0000080000, 0x7f0000090000, "/usr/lib/plain.so"},
	}
	if err != nil || !cmp.Equal(got, want, cmp.AllowUnexported(mapping{})) {
		t.Errorf("%v: %s", err, cmp.Diff(want, got, cmp.AllowUnexported(mapping{})))
	}
	_, err = cleanMappings(bufio.NewScanner(strings.NewReader("what is this\n")))
	if want := `/proc/self/smaps: "what": want a range of addresses`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestTheProcessLivesOn(t *testing.T) {
	Tune()
	text := strings.Repeat("still here ", 10000)
	if err := Trim(); err != nil {
		t.Fatal(err)
	}
	if strings.Count(text, "still here") != 10000 {
		t.Error("memory was lost")
	}
}

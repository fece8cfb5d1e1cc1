package decode_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"regexp"
	"testing"
	"time"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/capture/decode"
)

// mutated changes, repeats or takes away parts of data.
func mutated(r *rand.Rand, data []byte) []byte {
	m := bytes.Clone(data)
	for range 1 + r.IntN(8) {
		i := r.IntN(len(m))
		if r.IntN(2) == 0 {
			i = r.IntN(min(len(m), 600)) // headers
		}
		switch n := min(1+r.IntN(200), len(m)-i); r.IntN(4) {
		case 0:
			m[i] = byte(r.Uint32())
		case 1:
			m[i] ^= 1 << r.IntN(8)
		case 2:
			m = append(m[:i:i], append(bytes.Clone(m[i:i+n]), m[i:]...)...)
		case 3:
			if m = append(m[:i:i], m[i+n:]...); len(m) == 0 {
				return []byte{0}
			}
		}
	}
	return m
}

// TestMutations decodes 2,000 broken files: none hangs, takes more memory than is allowed, or ends more than its decoder.
func TestMutations(t *testing.T) {
	const each, whole, patience = 400, 4, 20 * time.Second
	var stills decode.Stills
	defer stills.Close()
	m := gocv.NewMat()
	defer m.Close()
	r := rand.New(rand.NewPCG(1, 2))
	crash := regexp.MustCompile(`^the decoder's process `)
	peak := regexp.MustCompile(`VmHWM:\s+(\d+) kB`)
	for name, args := range map[string][]string{
		"a.jpg": nil, "a.png": nil, "a.mp4": {"-c:v", "libx264", "-pix_fmt", "yuv420p"},
		"a.mjpeg": {"-c:v", "mjpeg"}, "a.ts": {"-c:v", "libx264", "-pix_fmt", "yuv420p"},
	} {
		frames := 5
		if name == "a.jpg" || name == "a.png" {
			frames = 1
		}
		data := read(t, made(t, name, "160x120", frames, args...))
		crashes := 0
		for i := range each {
			began := time.Now()
			if i < whole && frames > 1 { // as a video, to its end
				if s, err := decode.OpenFile(context.Background(), write(t, name, mutated(r, data))); err == nil {
					played(t, s, 1000, nil)
				}
			} else if err := stills.Decode(mutated(r, data), &m); err != nil && crash.MatchString(err.Error()) {
				crashes++
				t.Logf("%s: %v", name, err)
			}
			if took := time.Since(began); took > patience {
				t.Errorf("%s: %v", name, took)
			}
		}
		if crashes > 0 {
			t.Errorf("%s: %d decoders crashed", name, crashes)
		}
	}
	if err := stills.Decode(read(t, made(t, "a.png", "160x120", 1)), &m); err != nil {
		t.Fatal(err)
	}
	status := read(t, fmt.Sprintf("/proc/%d/status", stills.PID()))
	var kb int
	if found := peak.FindSubmatch(status); found == nil {
		t.Error("no peak of memory in ", string(status))
	} else if _, err := fmt.Sscan(string(found[1]), &kb); err != nil || kb > 1_200_000 {
		t.Errorf("%d kB, %v", kb, err)
	}
	t.Logf("at most %d kB", kb)
}

package outbox

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestBytes counts what the log hands to the kernel for each event while the broker is slow: at most 1.5 kB.
func TestBytes(t *testing.T) {
	const events, every = 100, 10 * time.Millisecond
	for _, latency := range []time.Duration{0, 60 * time.Millisecond, 300 * time.Millisecond, 2 * time.Second} {
		t.Run(latency.String(), func(t *testing.T) {
			r := &recorder{}
			o := open(t, &Outbox{Dir: t.TempDir(), disk: r.disk()})
			flush(t, o)
			before, blocks := r.written()
			for range events {
				time.Sleep(every)
				add(o)
				for _, e := range o.Take(10) {
					time.AfterFunc(latency, func() { o.Ack(e) })
				}
			}
			until(t, "all is acknowledged", func() bool { return o.State().Queued == 0 })
			flush(t, o)
			after, more := r.written()
			shut(t, o)
			each := (after - before) / events
			t.Logf("acks after %v: %d bytes written an event, in synced blocks of 4 KiB %d", latency, each, (more-blocks)/events)
			if each > 1500 {
				t.Errorf("%d bytes an event, want at most 1500", each)
			}
		})
	}
}

// written counts the bytes that were written, and those of the blocks that had to reach the disk with each sync.
func (r *recorder) written() (bytes, blocks int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	dirty := map[string]bool{}
	for _, o := range r.ops {
		switch o.kind {
		case "write":
			bytes += len(o.data)
			for at := o.offset / 4096; at <= (o.offset+len(o.data)-1)/4096; at++ {
				dirty[o.path+strconv.Itoa(at)] = true
			}
		case "sync":
			blocks += 4096 * len(dirty)
			clear(dirty)
		}
	}
	return bytes, blocks
}

// BenchmarkAppend is what a decision waits for; B/op on disk is what the kernel counts.
func BenchmarkAppend(b *testing.B) {
	o := open(b, &Outbox{Dir: b.TempDir()})
	defer shut(b, o)
	before := ioBytes(b)
	for b.Loop() {
		add(o)
		for _, e := range o.Take(10) {
			o.Ack(e)
		}
	}
	flush(b, o)
	b.ReportMetric(float64(ioBytes(b)-before)/float64(b.N), "disk-B/op")
}

func ioBytes(t testing.TB) int {
	t.Helper()
	text, err := os.ReadFile("/proc/self/io")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "\nwrite_bytes: ")
	line, _, _ := strings.Cut(rest, "\n")
	n, err := strconv.Atoi(line)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

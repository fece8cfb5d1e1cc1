package outbox

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// TestKills ends a writing process with SIGKILL, again and again: every event that Append returned is there, and no number is skipped.
func TestKills(t *testing.T) {
	kills := 10 * kills(t)
	dir := t.TempDir()
	given, acked, top := map[uint64]bool{}, map[uint64]bool{}, uint64(0)
	lost, cut, torn := 0, 0, false // torn: a kill ended a write in the middle; whether more is missing nobody knows then
	for run := range kills {
		cmd := child(dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		begun := make(chan struct{})
		go func() {
			<-begun
			time.Sleep(time.Duration(rand.IntN(20)) * time.Millisecond)
			_ = cmd.Process.Kill()
		}()
		lines, first := bufio.NewScanner(out), true
		for lines.Scan() {
			var seq uint64
			var stored bool
			if n, _ := fmt.Sscanf(lines.Text(), "acked %d", &seq); n == 1 {
				acked[seq] = true
				continue
			}
			if _, err := fmt.Sscanf(lines.Text(), "%d %v", &seq, &stored); err != nil || !stored {
				if !strings.Contains(lines.Text(), "true") { // the last line may be cut off
					t.Fatalf("the child says %q", lines.Text())
				}
				continue
			}
			if first {
				first = false
				close(begun)
				if torn {
					cut++
				} else if seq != top+1 && seq != top+2 { // the last may have been written and not told
					t.Fatalf("run %d: after number %d comes %d", run, top, seq)
				}
			}
			given[seq], top = true, max(top, seq)
		}
		_ = cmd.Wait()
		if first {
			t.Fatalf("run %d: the child wrote nothing", run)
		}
		c, err := Read(dir)
		if err != nil || c.Missing != nil {
			t.Fatalf("missing %v: %v", c.Missing, err)
		}
		torn = c.Torn > 0
		here := map[uint64]bool{}
		for _, e := range c.Events {
			here[e.Seq] = true
		}
		for seq := range given {
			if !acked[seq] && !here[seq] {
				lost++
			}
		}
	}
	t.Logf("%d kills in the middle of a write made numbers jump", cut)
	t.Logf("chaos: kill -9 of the outbox's writer, %d events | %d | %d | %d", len(given), kills, kills, lost)
	if lost > 0 {
		t.Errorf("%d events lost", lost)
	}
}

package outbox

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// childVariable makes the test binary write events instead of testing.
const childVariable = "MASKWARDEN_OUTBOX_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		writeForEver(os.Args[1])
	}
	goleak.VerifyTestMain(m)
}

// kills is how often each thing is killed; make chaos sets it.
func kills(t *testing.T) int {
	t.Helper()
	text := os.Getenv("MASKWARDEN_CHAOS")
	if text == "" {
		return 2
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("MASKWARDEN_CHAOS=%s: want a number of kills", text)
	}
	return max(1, n/10)
}

// writeForEver writes events, and prints the number of each once it was appended.
func writeForEver(dir string) {
	o := &Outbox{Dir: dir, MaxEvents: 1_000_000, MaxBytes: 1 << 30, segment: 1 << 17}
	o.Initialize()
	for i := 0; ; i++ {
		time.Sleep(50 * time.Microsecond)
		seq, stored := add(o)
		fmt.Println(seq, stored)
		if i%3 == 2 {
			for _, e := range o.Take(2) {
				fmt.Println("acked", e.Seq)
				o.Ack(e)
			}
		}
	}
}

func child(dir string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], dir)
	cmd.Env = append(os.Environ(), childVariable+"=1")
	return cmd
}

// event is what the tests append: as long as a real one.
type event struct {
	Seq    uint64 `json:"seq"`
	Stored bool   `json:"stored"`
	Text   string `json:"text"`
}

func add(o *Outbox) (uint64, bool) {
	return o.Append(func(seq uint64, stored bool) []byte {
		b, _ := json.Marshal(event{seq, stored, strings.Repeat("x", 550)})
		return b
	})
}

func fill(o *Outbox, n int) {
	for range n {
		add(o)
	}
}

func open(t testing.TB, o *Outbox) *Outbox {
	t.Helper()
	o.Initialize()
	return o
}

func shut(t testing.TB, o *Outbox) {
	t.Helper()
	if err := o.Close(); err != nil {
		t.Error(err)
	}
}

func flush(t testing.TB, o *Outbox) {
	t.Helper()
	if err := o.Flush(); err != nil {
		t.Fatal(err)
	}
}

// numbers are those of the entries; each must be the one in its payload.
func numbers(t testing.TB, entries []Entry) (all []uint64) {
	t.Helper()
	for _, e := range entries {
		var v event
		if err := json.Unmarshal(e.Payload, &v); err != nil || v.Seq != e.Seq {
			t.Fatalf("event %d has %s", e.Seq, e.Payload)
		}
		all = append(all, e.Seq)
	}
	return all
}

func expect(t testing.TB, what string, got []uint64, want ...uint64) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func span(from, to uint64) (all []uint64) {
	for i := from; i <= to; i++ {
		all = append(all, i)
	}
	return all
}

func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within a minute", what)
		}
	}
}

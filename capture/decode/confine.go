package decode

import (
	"bufio"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

const (
	memoryLimit = 1 << 30 // bytes that pictures may take
	printLimit  = 1 << 20 // bytes that libraries may print between two pictures
)

// confine takes from the decoder what it does not need. Where the system refuses one of these, the others still hold.
func confine() {
	limit := func(resource int, value uint64) {
		_ = unix.Setrlimit(resource, &unix.Rlimit{Cur: value, Max: value})
	}
	limit(unix.RLIMIT_CORE, 0) // it would hold pictures of people
	limit(unix.RLIMIT_FSIZE, printLimit)
	limit(unix.RLIMIT_DATA, dataSize()+memoryLimit)
	_ = unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
	_ = os.WriteFile("/proc/self/oom_score_adj", []byte("500"), 0) // the first to go
}

// dataSize is what the program has taken before the first picture.
func dataSize() uint64 {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		return 0
	}
	defer f.Close() //nolint:errcheck // it was only read
	for s := bufio.NewScanner(f); s.Scan(); {
		var kb uint64
		if _, err := fmt.Sscanf(s.Text(), "VmData: %d kB", &kb); err == nil {
			return kb << 10
		}
	}
	return 0
}

// Package memory keeps the process small on cameras with little of it.
package memory

/*
#include <malloc.h>
*/
import "C"

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	arenas    = 1       // of the C library; its default, eight a core, lets every thread keep what it freed
	threshold = 1 << 17 // bytes; larger blocks go back to the system as soon as they are freed
	kept      = 1 << 24 // the same after Keep
)

// Tune limits what the C library keeps for itself. It must be called before the threads of OpenCV start.
func Tune() {
	C.mallopt(C.M_ARENA_MAX, arenas)
	C.mallopt(C.M_MMAP_THRESHOLD, threshold)
}

// Keep undoes Tune's threshold for the rest of the process: TensorFlow makes and frees every layer's tensors at each run, and fetching
// their pages from the system each time, cleared, takes as long as the arithmetic. It may be called at any time after Tune.
func Keep() {
	C.mallopt(C.M_MMAP_THRESHOLD, kept)
	C.mallopt(C.M_TRIM_THRESHOLD, 8*kept)
}

// Trim gives back what only starting needed: the garbage, and the pages of libraries that were read while they were
// linked. It is called once the pipeline runs. Pages that are still used come back by themselves.
func Trim() error {
	debug.FreeOSMemory()
	C.malloc_trim(0)
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		return fmt.Errorf("trim memory: %w", err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	clean, err := cleanMappings(bufio.NewScanner(f))
	if err != nil {
		return fmt.Errorf("trim memory: %w", err)
	}
	for _, m := range clean {
		if _, _, e := unix.Syscall(unix.SYS_MADVISE, m.start, m.end-m.start, unix.MADV_DONTNEED); e != 0 && !errors.Is(e, unix.EINVAL) {
			return fmt.Errorf("trim memory: madvise %s: %w", m.path, e)
		}
	}
	return nil
}

// mapping is a range of addresses that shows a file.
type mapping struct {
	start, end uintptr
	path       string
}

// cleanMappings returns the mappings of files that nobody can write and of which no page differs from its file, as
// /proc/PID/smaps (proc(5)) tells them: their pages can be dropped and read again.
func cleanMappings(smaps *bufio.Scanner) (clean []mapping, err error) {
	var m mapping
	candidate := false
	for smaps.Scan() {
		fields := strings.Fields(smaps.Text())
		if len(fields) < 2 {
			continue
		}
		if !strings.HasSuffix(fields[0], ":") { // the first line of a mapping: range, rights, offset, device, inode, path
			m, candidate, err = parse(fields)
			if err != nil {
				return nil, err
			}
			continue
		}
		if candidate && fields[0] == "Anonymous:" && fields[1] == "0" {
			clean = append(clean, m)
		}
	}
	return clean, smaps.Err()
}

func parse(fields []string) (m mapping, candidate bool, err error) {
	first, last, ok := strings.Cut(fields[0], "-")
	start, e1 := strconv.ParseUint(first, 16, 64)
	end, e2 := strconv.ParseUint(last, 16, 64)
	if !ok || e1 != nil || e2 != nil {
		return m, false, fmt.Errorf("/proc/self/smaps: %q: want a range of addresses", fields[0])
	}
	if len(fields) < 6 || !strings.HasPrefix(fields[5], "/") {
		return m, false, nil
	}
	m = mapping{uintptr(start), uintptr(end), fields[5]}
	return m, fields[1] == "r--p" || fields[1] == "r-xp", nil
}

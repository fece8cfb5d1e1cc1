package bench

import (
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/prometheus/procfs"
)

// usage is what the process has used so far.
type usage struct {
	wall    time.Duration
	cpu     time.Duration
	mallocs uint64
}

func measure() usage {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r) // fails only for a bad argument
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return usage{
		wall:    time.Duration(time.Now().UnixNano()),
		cpu:     time.Duration(r.Utime.Nano() + r.Stime.Nano()),
		mallocs: m.Mallocs,
	}
}

func (u usage) plus(o usage) usage {
	return usage{u.wall + o.wall, u.cpu + o.cpu, u.mallocs + o.mallocs}
}
func (u usage) minus(o usage) usage {
	return usage{u.wall - o.wall, u.cpu - o.cpu, u.mallocs - o.mallocs}
}

// megabytes is the memory resident now; 0 where /proc does not tell.
func megabytes() float64 {
	self, err := procfs.Self()
	if err != nil {
		return 0
	}
	stat, err := self.Stat()
	if err != nil {
		return 0
	}
	return float64(stat.ResidentMemory()) / 1e6
}

// peakMegabytes is the most memory that was ever resident.
func peakMegabytes() float64 {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return float64(r.Maxrss) * 1024 / 1e6
}

func cpuName() string {
	fs, err := procfs.NewDefaultFS()
	if err != nil {
		return ""
	}
	info, err := fs.CPUInfo()
	if err != nil || len(info) == 0 {
		return ""
	}
	return strings.TrimSpace(info[0].ModelName)
}

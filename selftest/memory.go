package selftest

import (
	"context"
	"errors"

	"github.com/prometheus/procfs"
)

// Memory checks that enough of it is left for a few more faces.
type Memory struct {
	Proc    string // /proc
	MinFree uint64 // bytes; 0: DefaultMinMemory
}

// DefaultMinMemory is what one camera more takes.
const DefaultMinMemory = 48 << 20

// Name implements Check.
func (Memory) Name() string { return "memory" }

// Run implements Check. Value is what the kernel thinks can be had without swapping.
func (c Memory) Run(context.Context) Result {
	limit := c.MinFree
	if limit == 0 {
		limit = DefaultMinMemory
	}
	const hint = "run fewer cameras or other programs on this unit, or smaller pictures: cameras[].width, faces.max_side"
	left, err := available(c.Proc)
	if err != nil {
		return failed(err, "mount "+c.Proc)
	}
	r := Result{Result: Pass, Value: mebibytes(left), Limit: mebibytes(limit), Unit: "MiB", Detail: "available"}
	switch {
	case left < limit:
		r.Result, r.Hint = Fail, hint
	case left < 2*limit:
		r.Result, r.Hint = Warn, hint
	}
	return r
}

func available(proc string) (uint64, error) {
	f, err := procfs.NewFS(proc)
	if err != nil {
		return 0, err
	}
	info, err := f.Meminfo()
	if err != nil {
		return 0, err
	}
	if info.MemAvailableBytes == nil {
		return 0, errors.New(proc + "/meminfo: no MemAvailable")
	}
	return *info.MemAvailableBytes, nil
}

package host

import (
	"cmp"
	"context"
	"errors"

	"github.com/prometheus/procfs"

	"github.com/maskwarden/maskwarden/selftest"
)

// DefaultMinMemory is what one camera more takes.
const DefaultMinMemory = 48 << 20

// Memory checks that enough of it is left for a few more faces. The value is what the kernel thinks can be had without swapping.
func Memory(h *Host) selftest.Check {
	return selftest.Check{
		Name: "memory", Severity: selftest.Drift,
		Asks:   "is memory left for a few more faces?",
		Remedy: "fewer cameras or other programs on this unit, or smaller pictures: `cameras[].width`, `faces.max_side`",
		Run:    func(context.Context, uint64) selftest.Result { return h.memory() },
	}
}

func (h *Host) memory() selftest.Result {
	left, err := available(h.Proc)
	if err != nil {
		return selftest.Failed(err, "mount "+h.Proc)
	}
	const hint = "run fewer cameras or other programs on this unit, or smaller pictures: cameras[].width, faces.max_side"
	return room("free memory", hint, cmp.Or(h.MinMemory, DefaultMinMemory)).Grade(mebibytes(left))
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

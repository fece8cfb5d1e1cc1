package host

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/maskwarden/maskwarden/selftest"
)

// Limits in degrees Celsius where a zone names none: industrial parts are made for a junction of 105, boards slow down before that.
const (
	warm   = 80
	hot    = 95
	margin = 15 // below a zone's own limit from which it warns, if that is less than warm
)

// Temperature checks the board's thermal zones (Linux: Documentation/driver-api/thermal/sysfs-api.rst). The value is that of the zone
// nearest to its limit.
func Temperature(h *Host) selftest.Check {
	return selftest.Check{
		Name: "temperature", Severity: selftest.Drift,
		Asks:   "is the unit hot?",
		Remedy: "shade, ventilate, clean",
		Needs:  []selftest.Need{{Name: "a thermal sensor", Lacks: h.noSensor}},
		Run:    func(context.Context, uint64) selftest.Result { return h.temperature() },
	}
}

// zone is a thermal zone.
type zone struct {
	name           string
	degrees, limit float64
}

// zones are the thermal zones that can be read; those that are switched off cannot.
func (h *Host) zones() (all []zone) {
	paths, _ := filepath.Glob(filepath.Join(h.Sys, "class/thermal/thermal_zone*")) // the pattern is well formed
	for _, path := range paths {
		if milli, err := number(filepath.Join(path, "temp")); err == nil {
			all = append(all, zone{text(filepath.Join(path, "type")), float64(milli) / 1000, critical(path)})
		}
	}
	return all
}

func (h *Host) noSensor() string {
	if len(h.zones()) == 0 {
		return "this machine reports no temperature"
	}
	return ""
}

func (h *Host) temperature() selftest.Result {
	zones := h.zones()
	if len(zones) == 0 { // it had one a moment ago
		return selftest.Skip(h.noSensor())
	}
	hottest := slices.MaxFunc(zones, func(a, b zone) int { return cmp.Compare(a.degrees-a.limit, b.degrees-b.limit) })
	r := selftest.Scale{
		Quantity: "temperature", Unit: "°C", Bound: selftest.AtMost, Fail: hottest.limit, Warn: min(warm, hottest.limit-margin),
		Hint: "shade and ventilate the unit, clean its heat sink; it slows down, and ages",
	}.Grade(selftest.Rounded(hottest.degrees))
	r.Detail = hottest.name
	return r
}

// critical is where the zone's own trip points say that the board switches off, hot where there are none or they lie higher.
func critical(zone string) float64 {
	limit := float64(hot)
	types, _ := filepath.Glob(filepath.Join(zone, "trip_point_*_type")) // the pattern is well formed
	for _, file := range types {
		if text(file) != "critical" {
			continue
		}
		if milli, err := number(strings.TrimSuffix(file, "type") + "temp"); err == nil && milli > 0 {
			limit = min(limit, float64(milli)/1000)
		}
	}
	return limit
}

// text reads a short file, "" if it cannot be read.
func text(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return strings.Trim(string(data), "\x00 \n")
}

func number(path string) (int, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil {
		return 0, fmt.Errorf("%s: %w", path, err)
	}
	return n, nil
}

package selftest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Temperature checks the board's thermal zones (Linux: Documentation/driver-api/thermal/sysfs-api.rst).
type Temperature struct {
	Sys string // /sys
}

// Limits in degrees Celsius where a zone says none: industrial parts are made for a junction of 105, boards slow down before that.
const (
	warm = 80
	hot  = 95
)

// Name implements Check.
func (Temperature) Name() string { return "temperature" }

// Run implements Check. Value is that of the hottest zone.
func (c Temperature) Run(context.Context) Result {
	zones, _ := filepath.Glob(filepath.Join(c.Sys, "class/thermal/thermal_zone*")) // the pattern is well formed
	r := Result{Result: Skipped, Limit: hot, Unit: "°C"}
	for _, zone := range zones {
		milli, err := number(filepath.Join(zone, "temp"))
		if err != nil {
			continue // zones that are switched off cannot be read
		}
		limit := critical(zone)
		if degrees := float64(milli) / 1000; r.Result == Skipped || degrees-limit > r.Value-r.Limit {
			r.Result, r.Value, r.Limit = Pass, rounded(degrees), limit
			r.Detail = text(filepath.Join(zone, "type"))
		}
	}
	const hint = "shade and ventilate the unit, clean its heat sink; it slows down, and ages"
	switch {
	case r.Result == Skipped:
		return skip("this machine tells no temperature")
	case r.Value >= r.Limit:
		r.Result, r.Hint = Fail, hint
	case r.Value >= min(warm, r.Limit-15):
		r.Result, r.Hint = Warn, hint
	}
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

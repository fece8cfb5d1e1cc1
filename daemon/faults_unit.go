//go:build faults

package daemon

import (
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/maskwarden/maskwarden/report/outbox"
	"github.com/maskwarden/maskwarden/selftest/host"
)

// jumpClock sets the clock forward by an hour each time it is read.
func jumpClock(i *Inspection) error {
	read := 0
	i.unit.Host.Now = func() time.Time {
		read++
		return time.Now().Add(time.Duration(read-1) * time.Hour)
	}
	return nil
}

const endless = 1 << 62 // bytes

func fillDisk(i *Inspection) error {
	i.unit.Host.MinDisk = endless
	return nil
}

func fillMemory(i *Inspection) error {
	i.unit.Host.MinMemory = endless
	return nil
}

func overheat(i *Inspection) error {
	return sysfs(i, map[string]string{"class/thermal/thermal_zone0/temp": "98500\n", "class/thermal/thermal_zone0/type": "CPU-therm\n"})
}

func throttle(i *Inspection) error {
	const at = "devices/system/cpu/cpu0/cpufreq/"
	return sysfs(i, map[string]string{at + "cpuinfo_max_freq": "1479000\n", at + "scaling_max_freq": "614400\n"})
}

// sysfs puts files in place of /sys.
func sysfs(i *Inspection, files map[string]string) error {
	dir, err := os.MkdirTemp("", "maskwarden-fault-")
	if err != nil {
		return err
	}
	i.ends = append(i.ends, func() error { return os.RemoveAll(dir) })
	i.unit.Host.Sys = dir
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// spoilt is an outbox whose disk loses what was written.
type spoilt struct {
	host.Outbox
	dir string
}

func (s spoilt) Close() error {
	if err := s.Outbox.Close(); err != nil {
		return err
	}
	files, err := os.ReadDir(s.dir)
	for _, f := range files {
		path := filepath.Join(s.dir, f.Name())
		data, e := os.ReadFile(path)
		for k := range data {
			data[k] ^= 0xff
		}
		err = errors.Join(err, e, os.WriteFile(path, data, 0o600))
	}
	return err
}

func alterSpool(i *Inspection) error {
	open := i.unit.Host.Outbox
	i.unit.Host.Outbox = func(dir string) host.Outbox { return spoilt{open(dir), filepath.Join(dir, outbox.Folder)} }
	return nil
}

// breakBroker sends to where nobody listens.
func breakBroker(i *Inspection) error {
	const nowhere = "mqtt://127.0.0.1:1"
	p := Publisher(i.Config)
	p.Broker = nowhere
	i.unit.Host.Broker, i.unit.Host.RoundTrip = nowhere, p.RoundTrip
	return nil
}

func deafWatchdog(i *Inspection) error {
	i.unit.Host.Socket = filepath.Join(i.Config.StateDir, "nowhere.sock")
	return nil
}

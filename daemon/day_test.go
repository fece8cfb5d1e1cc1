package daemon_test

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"gocv.io/x/gocv"
)

const (
	dayFPS = 2 // of the camera whose day is lived through
	hour   = dayFPS * 3600
	warmUp = 0.25 // of the run, which does not count: pools and caches fill
)

// sample is what the process held at one time.
type sample struct {
	hours  float64            // simulated
	values map[string]float64 // by quantity
}

// quantities are what must not grow, and how much of each may be the noise of a whole run.
func quantities() map[string]float64 {
	return map[string]float64{
		"resident kB": 24_000, "Go heap kB": 4_000, "goroutines": 12, "threads": 12, "open files": 12, "disk kB": 4_000,
	}
}

// take measures.
func take(t *testing.T, hours float64, dir string) sample {
	t.Helper()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	field := func(name string) float64 {
		_, rest, _ := strings.Cut(string(status), name+":")
		n, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	disk := 0.0
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error { // what is removed meanwhile counts as nothing
		if err == nil && d.Type().IsRegular() {
			if info, err := d.Info(); err == nil {
				disk += float64(info.Size()) / 1024
			}
		}
		return nil
	})
	return sample{hours, map[string]float64{
		"resident kB": field("VmRSS"), "Go heap kB": float64(m.HeapAlloc) / 1024, "goroutines": float64(runtime.NumGoroutine()),
		"threads": field("Threads"), "open files": float64(len(files)), "disk kB": disk,
	}}
}

// growth is a quantity's slope over the simulated hours, and half the width of its 95 % interval.
func growth(all []sample, quantity string) (slope, half float64) {
	n, x, y := float64(len(all)), 0.0, 0.0
	for _, s := range all {
		x, y = x+s.hours/n, y+s.values[quantity]/n
	}
	var xx, xy, rest float64
	for _, s := range all {
		xx += (s.hours - x) * (s.hours - x)
		xy += (s.hours - x) * (s.values[quantity] - y)
	}
	slope = xy / xx
	for _, s := range all {
		d := s.values[quantity] - y - slope*(s.hours-x)
		rest += d * d
	}
	return slope, 1.96 * math.Sqrt(rest/(n-2)/xx)
}

// flicker is an HTTP camera that breaks off again and again.
func flicker(t *testing.T) string {
	t.Helper()
	var pictures [][]byte
	for i := range 20 {
		m := gocv.NewMatWithSizeFromScalar(gocv.NewScalar(float64(40+i), 90, 90, 0), 120, 160, gocv.MatTypeCV8UC3)
		b, err := gocv.IMEncode(gocv.JPEGFileExt, m)
		m.Close()
		if err != nil {
			t.Fatal(err)
		}
		pictures = append(pictures, slices.Clone(b.GetBytes()))
		b.Close()
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "multipart/x-mixed-replace; boundary=b")
		for i := 0; i < 60 && r.Context().Err() == nil; i++ {
			p := pictures[i%len(pictures)]
			fmt.Fprintf(w, "--b\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n", len(p), p)
			w.(http.Flusher).Flush()
			time.Sleep(50 * time.Millisecond)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// TestChaosDay lives through a day as fast as frames go: one camera at work, one that breaks off again and again, self-tests, readers of
// the page, and a broker that is killed each hour. Nothing grows.
func TestChaosDay(t *testing.T) {
	length := 12 * time.Second
	if n, err := strconv.Atoi(os.Getenv("MASKWARDEN_CHAOS")); err == nil && n >= 100 {
		length = 15 * time.Minute
	}
	address := free(t)
	broker := startBroker(t, address)
	dir := t.TempDir()
	u := start(t, fmt.Sprintf(`
state_dir: %q
cameras:
  - {name: door, source: "synthetic://?width=320&height=240&people=2&fast=1&every=1m"}
  - {name: yard, source: %q, stall_timeout: 1s}
faces: {max_side: 160, detect_every: 20}
decision: {repeat: 100ms}
mqtt: {broker: "mqtt://%s"}
selftest: {interval: 30s, cpu: 0.1}`, dir, flicker(t), address))
	<-u.ready
	ctx, cancel := context.WithCancel(context.Background())
	var readers sync.WaitGroup
	readers.Go(func() { browse(ctx, "http://"+u.Page()) })
	frames := func() float64 { return float64(u.State().Cameras[0].Frames) }
	var all []sample
	first, kills := frames(), 0
	for began := time.Now(); time.Since(began) < length && frames()-first < 24*hour; time.Sleep(length / 200) {
		hours := (frames() - first) / hour
		all = append(all, take(t, hours, dir))
		if int(max(hours, time.Since(began).Seconds()/30)) > kills {
			kills++
			_ = broker.Process.Kill()
			_ = broker.Wait()
			broker = startBroker(t, address)
		}
	}
	cancel()
	readers.Wait()
	s := u.State()
	until(t, "all events arrived", func() bool { return u.State().Spool.Queued < 10 })
	lost := u.State().Spool.Dropped
	u.mu.Lock()
	events := len(u.events)
	u.mu.Unlock()
	u.stop(t)
	hours := all[len(all)-1].hours
	counted := all[int(warmUp*float64(len(all))):]
	var text []string
	grows := 0
	for _, q := range slices.Sorted(maps.Keys(quantities())) {
		slope, half := growth(counted, q)
		text = append(text, fmt.Sprintf("%s %+.1f ± %.1f", q, slope, half))
		if run := counted[len(counted)-1].hours - counted[0].hours; (slope-half)*run > quantities()[q] {
			grows++
			t.Errorf("%s grows by %.1f ± %.1f an hour, over %.1f hours", q, slope, half, run)
		}
	}
	t.Logf("from %v to %v", counted[0].values, counted[len(counted)-1].values)
	t.Logf("chaos: %.1f hours of a camera of %d frames a second as fast as they go (%.0f frames, %d events, %d kills of the broker, another camera "+
		"that breaks off); growth an hour: %s | 1 | %d | %d", hours, dayFPS, hours*hour, events, kills, strings.Join(text, ", "), 1-min(grows, 1), lost)
	if lost > 0 || s.Cameras[0].Frames == 0 {
		t.Errorf("%d events lost; %+v", lost, s)
	}
}

// startBroker starts mosquitto at an address.
func startBroker(t *testing.T, address string) *exec.Cmd {
	t.Helper()
	_, port, _ := net.SplitHostPort(address)
	c := exec.Command("mosquitto", "-p", port)
	if err := c.Start(); err != nil {
		t.Fatalf("%v (run `make setup`)", err)
	}
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	return c
}

// browse reads what the page offers until ctx ends.
func browse(ctx context.Context, page string) {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for ctx.Err() == nil {
		for _, path := range []string{"/", "/state", "/metrics", "/camera/door.jpg", "/events", "/camera/door.mjpeg"} {
			visit, leave := context.WithTimeout(ctx, 300*time.Millisecond) // streams have no end
			r, err := http.NewRequestWithContext(visit, http.MethodGet, page+path, nil)
			if err == nil {
				var answer *http.Response
				if answer, err = client.Do(r); err == nil {
					_, _ = io.Copy(io.Discard, answer.Body)
					_ = answer.Body.Close()
				}
			}
			leave()
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}

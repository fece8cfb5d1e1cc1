package daemon_test

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/capture/capturetest"
	"github.com/maskwarden/maskwarden/report"
)

// TestChaosCameras makes one of eight cameras of a whole daemon ill: the other seven keep the rate at which they are judged, the state
// names the ill one and why, and it comes back. That of package capture tries more faults.
func TestChaosCameras(t *testing.T) {
	const others, period, atLeast = 7, 200 * time.Millisecond, 0.8
	step, full := 2*time.Second, false
	if n, err := strconv.Atoi(os.Getenv("MASKWARDEN_CHAOS")); err == nil && n >= 100 {
		step, full = 10*time.Second, true
	}
	good, ill := capturetest.Start(t, period), capturetest.Start(t, period)
	var list []string
	for i := range others {
		list = append(list, fmt.Sprintf("{name: good%d, source: %q}", i, good.URL()))
	}
	list = append(list, fmt.Sprintf("{name: ill, source: %q, stall_timeout: 2s}", ill.URL()))
	u := start(t, fmt.Sprintf("cameras: [%s]\nfaces: {max_side: 64}", strings.Join(list, ", ")))
	frames := func(i int) float64 { return float64(u.State().Cameras[i].Frames) }
	sick := func() report.Camera { return u.State().Cameras[others] }
	works := func() bool {
		before := frames(others)
		time.Sleep(3 * period)
		return sick().Status == report.OK && frames(others) > before
	}
	until(t, "all work", func() bool {
		cameras := u.State().Cameras // none before the start
		return len(cameras) == len(list) && !slices.ContainsFunc(cameras, func(c report.Camera) bool { return c.Status != report.OK })
	})
	slowest := func(until func() bool) float64 {
		began, least := time.Now(), math.Inf(1)
		var before [others]float64
		for i := range before {
			before[i] = frames(i)
		}
		for time.Since(began) < step || until != nil && !until() && time.Since(began) < patience {
			time.Sleep(period)
		}
		for i := range before {
			least = min(least, (frames(i)-before[i])/time.Since(began).Seconds())
		}
		return least
	}
	faults := []struct {
		ill         string
		cut, unseen bool
	}{{ill: "flood", unseen: true}, {ill: "silent"}, {ill: "sizes", unseen: true}, {ill: "grows"}, {ill: "frozen"}, {ill: "garbage"}, {ill: "html", cut: true}, {ill: "drip"}}
	if !full {
		faults = faults[:2]
	}
	lowest, survived, slow := math.Inf(1), 0, 0
	for _, f := range faults {
		until(t, "it works", works)
		usual := slowest(nil)
		ill.Be(f.ill, f.cut)
		named := func() bool { return f.unseen || sick().Status == report.Lost && sick().Reason != "" }
		ratio := slowest(named) / usual
		for n := 0; n < 4 && ratio < atLeast; n++ { // the machine may have had something else to do
			ratio = slowest(nil) / usual
		}
		ok, why := named(), sick().Reason
		ill.Be("", true)
		until(t, "it comes back", works)
		t.Logf("%s: others at %.2f of their rate; %s", f.ill, ratio, why)
		lowest = min(lowest, ratio)
		if ratio < atLeast || !ok {
			slow++
			t.Errorf("%s: another camera is judged at %.2f of its rate; the reason is %q", f.ill, ratio, why)
		} else {
			survived++
		}
	}
	t.Logf("chaos: faults of one of eight cameras of a whole daemon; the slowest of the others is judged at %.0f %% of its rate; "+
		"lost: cameras that do not keep theirs | %d | %d | %d", 100*lowest, len(faults), survived, slow)
	u.stop(t)
}

package page_test

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/report/page"
)

//go:embed testdata/contrast.js
var contrast string

// tab is a browser's tab, with what went wrong in it.
type tab struct {
	*testing.T
	ctx context.Context

	mu       sync.Mutex
	problems []string
	hosts    map[string]bool
}

func newTab(t *testing.T) *tab {
	t.Helper()
	const chromium = "/usr/bin/chromium"
	if _, err := os.Stat(chromium); err != nil {
		t.Fatalf("%v: run `make setup`", err)
	}
	b := &tab{T: t, hosts: map[string]bool{}}
	ctx, stopTimeout := context.WithTimeout(context.Background(), 4*patience)
	ctx, stop := chromedp.NewContext(ctx, chromedp.WithListener(b.listen),
		chromedp.WithAllocatorOptions(chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.DisableGPU))
	b.ctx = ctx
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			t.Logf("close the browser: %v", err)
		}
		stop()
		stopTimeout()
	})
	call(b, network.Enable, network.EnableParams{})
	call(b, log.Enable, cdp.Empty{})
	return b
}

func (b *tab) listen(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		b.problems = append(b.problems, fmt.Sprintf("%s %+v", e.ExceptionDetails.Text, e.ExceptionDetails.Exception))
	case *runtime.EventConsoleAPICalled:
		b.problems = append(b.problems, fmt.Sprintf("console.%s %v", e.Type, e.Args))
	case *log.EventEntryAdded:
		b.problems = append(b.problems, fmt.Sprintf("%s: %s %s", e.Entry.Level, e.Entry.Text, e.Entry.URL))
	case *network.EventRequestWillBeSent:
		b.hosts[strings.Split(e.Request.URL+"///", "/")[2]] = true
	}
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.Fatal(err)
	}
}

func call[P, R any](b *tab, command cdp.Command[P, R], params P) R {
	b.Helper()
	v, err := chromedp.Call(b.ctx, command, params)
	if err != nil {
		b.Fatal(err)
	}
	return v
}

func run[T any](b *tab, action chromedp.Action[T]) T {
	b.Helper()
	v, err := chromedp.Run(b.ctx, action)
	if err != nil {
		b.Fatal(err)
	}
	return v
}

func eval[T any](b *tab, expression string) T {
	b.Helper()
	return run(b, chromedp.Evaluate[T](expression))
}

// wait waits until a JavaScript condition holds.
func (b *tab) wait(condition string) {
	b.Helper()
	poll := chromedp.Poll[bool](condition, chromedp.WithPollingInterval(100*time.Millisecond), chromedp.WithPollingTimeout(patience))
	if _, err := chromedp.Run(b.ctx, poll); err != nil {
		text, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string](`document.body.innerText`))
		b.Fatalf("%s: %v; problems %q; the page says:\n%s", condition, err, b.problems, text)
	}
}

func (b *tab) window(width, height int64, mobile bool) {
	b.Helper()
	call(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: width, Height: height, DeviceScaleFactor: 1, Mobile: mobile,
	})
}

// shoot leaves a picture of the page in the folder SCREENSHOTS, to be looked at.
func (b *tab) shoot(name string) {
	b.Helper()
	dir := os.Getenv("SCREENSHOTS")
	if dir == "" {
		return
	}
	window, all := run(b, chromedp.CaptureScreenshot()), run(b, chromedp.FullScreenshot(100))
	for suffix, png := range map[string][]byte{"": window, "-all": all} {
		if err := os.WriteFile(filepath.Join(dir, "page-"+name+suffix+".png"), png, 0o600); err != nil {
			b.Fatal(err)
		}
	}
}

const shows = `document.querySelector("[data-name=front] img")?.naturalWidth > 0
	&& !document.querySelector("[data-name=front] img").hidden
	&& document.querySelectorAll("#decisions li").length >= 5
	&& document.querySelector("#decisions").ariaBusy === "false"`

func decide(s *page.Server) {
	for i, l := range []frame.Label{frame.Correct, frame.Incorrect, frame.Unknown, frame.None, frame.None} {
		truth := ""
		if i > 0 {
			truth = frame.None.String()
		}
		s.Event(decision(uint64(i+1), l, truth))
	}
}

func TestInABrowser(t *testing.T) {
	s := serve(t, newDaemon(), nil)
	feed(t, s, "front")
	decide(s)
	b := newTab(t)
	for _, c := range []struct {
		size          string
		width, height int64
		scheme        string
	}{
		{"phone", 390, 844, "light"},
		{"phone", 390, 844, "dark"},
		{"laptop", 1366, 768, "light"},
		{"laptop", 1366, 768, "dark"},
	} {
		name := c.size + "-" + c.scheme
		b.window(c.width, c.height, c.size == "phone")
		call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: c.scheme}},
		})
		b.do(chromedp.Navigate("http://" + s.Addr() + "/"))
		b.wait(shows)
		if wide := eval[int64](b, `document.documentElement.scrollWidth`); wide > c.width {
			t.Errorf("%s: the page is %d pixels wide, want %d at most", name, wide, c.width)
		}
		if poor := eval[[]string](b, contrast); len(poor) > 0 {
			t.Errorf("%s: contrast below 4.5:\n%s", name, strings.Join(poor, "\n"))
		}
		b.shoot(name)
	}
	b.checkText()
	b.checkAccessibility()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.problems) > 0 {
		t.Errorf("the console says: %q", b.problems)
	}
	if len(b.hosts) != 1 || !b.hosts[s.Addr()] {
		t.Errorf("requests went to %v, want only %s", b.hosts, s.Addr())
	}
}

func (b *tab) checkText() {
	b.Helper()
	text := eval[string](b, `document.body.innerText`)
	for _, want := range []string{
		"ward-3", "▲ degraded", "front", "24.9", "768×432",
		"rtsp://192.0.2.7/: connection refused", "2 waiting", "maskwarden@1.0.0:0badc0de", "1 h 6 min", "connected",
		"person 5, front", "93 %, 13 of 16 votes", "1 of 16 votes, unverified", "truth: none", "≠ truth: none", "turned away", "2 since the start", "15.0", "degraded since", "degraded at", "12 checks; failed: disk; warned: temperature, memory",
	} {
		have := strings.ReplaceAll(strings.ReplaceAll(text, "\n", " "), "\u00a0", " ")
		if want[0] != 0xe2 && !strings.Contains(have, want) { // what CSS adds is not in the text
			b.Errorf("the page does not say %q:\n%s", want, text)
		}
	}
	const rows = `[...document.querySelectorAll("#reasons li")].map((row) => [...row.children].map((e) => e.textContent).join("|")).join("\n")`
	reasons := regexp.MustCompile(`since .*`).ReplaceAllString(eval[string](b, rows), "since TIME")
	if want := "self-test disk|full|delete something|since TIME\n|camera back: no frame for 5s||"; reasons != want {
		b.Errorf("the problems are %q, want %q", reasons, want)
	}
	const lost = `document.querySelector("[data-name=back] .facts dl").textContent`
	if got := eval[string](b, lost); !strings.HasPrefix(got, "people–fps–dropped") {
		b.Errorf("the lost camera says %q", got)
	}
}

func (b *tab) checkAccessibility() {
	b.Helper()
	roles := map[string]string{}
	for _, n := range call(b, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{}).Nodes {
		if n.Role != nil && n.Name != nil {
			roles[strings.Trim(string(n.Role.Value), `"`)] += string(n.Name.Value)
		}
	}
	for role, name := range map[string]string{
		"banner": "", "main": "", "contentinfo": "", "navigation": "For machines", "region": "Cameras", "list": "Problems", "log": "Last decisions",
		"heading": "Decisions in the last minute", "image": "Live picture of camera front",
	} {
		if got, ok := roles[role]; !ok || !strings.Contains(got, name) {
			b.Errorf("a screen reader finds no %s %q, but %q", role, name, got)
		}
	}
	b.do(chromedp.KeyEvent(kb.Tab))
	const focus = `(() => { const e = document.activeElement; return e.textContent + " " + getComputedStyle(e).outlineStyle + " " + (e.getBoundingClientRect().left >= 0) })()`
	if got := eval[string](b, focus); got != "Skip to the decisions solid true" {
		b.Errorf("after Tab the focus is at %q", got)
	}
}

// The page says that it lost the daemon, hides the old picture, and is back by itself when the daemon is.
func TestContactLostAndBack(t *testing.T) {
	d := newDaemon()
	d.change(func(d *daemon) {
		d.state.Status, d.state.Reasons, d.state.Cameras = report.OK, nil, d.state.Cameras[:1]
	})
	s := serve(t, d, func(s *page.Server) { s.SelfTest = func() {} })
	halt := feed(t, s, "front")
	decide(s)
	b := newTab(t)
	b.window(1366, 768, false)
	b.do(chromedp.Navigate("http://" + s.Addr() + "/"))
	b.wait(shows)
	b.shoot("one-camera")
	d.change(func(d *daemon) {
		d.state.Health = report.Health{State: "fail_safe", Alarm: true, Since: time.Now()}
		d.state.Health.Explain([]report.Reason{{Subject: report.SelfTestSubject, Check: "model_answers", Finding: "wrong", Since: time.Now()}})
		d.state.Reasons = report.Texts(d.state.Health.Reasons)
	})
	b.wait(`!document.querySelector("#alarm").hidden`)
	if got := eval[string](b, `document.querySelector("#alarm").innerText`); got != "The self-test failed: every label is unknown until it passes." {
		t.Errorf("the alarm says %q", got)
	}
	if got := eval[string](b, `document.querySelector("#reasons").innerText`); !strings.HasPrefix(got, "self-test model_answers\nwrong\nsince ") {
		t.Errorf("the problems are %q", got)
	}
	if !eval[bool](b, `document.querySelector("#selftest").checkVisibility() === false`) {
		t.Error("without a token the page offers a self-test")
	}
	b.shoot("alarm")
	halt()
	stop(t, s)
	const picture = `getComputedStyle(document.querySelector("[data-name=front] img")).visibility`
	b.wait(`!document.querySelector("#lost").hidden && ` + picture + ` === "hidden"`)
	text := eval[string](b, `document.querySelector("#lost").innerText + document.querySelector("#status").innerText`)
	if !strings.HasPrefix(text, "Contact with the daemon lost. Last message at ") || !strings.HasSuffix(text, "contact lost") {
		t.Errorf("the page says %q", text)
	}
	b.shoot("lost")

	d.change(func(d *daemon) { d.state.Instance = "b2" })
	again := serve(t, d, func(next *page.Server) { next.Listen = s.Addr() })
	feed(t, again, "front")
	b.wait(`document.querySelector("#lost").hidden && document.querySelectorAll("#decisions li").length === 0`)
	decide(again)
	b.wait(shows + ` && ` + picture + ` === "visible"`)
}

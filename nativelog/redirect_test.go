package nativelog_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/nativelog"
	"github.com/maskwarden/maskwarden/nativelog/nativelogtest"
)

// programs are what the test binary can be, since a process has one standard error. Each ends by itself or by returning.
func programs() map[string]func(r *nativelog.Redirect) {
	return map[string]func(r *nativelog.Redirect){
		"print": func(r *nativelog.Redirect) {
			nativelogtest.Print(2, "libpng warning: iCCP: known incorrect sRGB profile\n")
			nativelogtest.Print(1, "a line of a driver\n\n")
			fmt.Fprintln(r.Stdout, "result")
			nativelogtest.Print(2, "cannot open rtsp://admin:secret@cam/1\n")
			nativelogtest.Print(1, "the last line has no end")
		},
		"storm": func(*nativelog.Redirect) {
			for i := range 3000 {
				nativelogtest.Print(2, fmt.Sprintf("[h264 @ 0x55%04x] error while decoding MB %d 7, bytestream -5\n", i, i))
				if i%1000 == 999 {
					time.Sleep(1200 * time.Millisecond)
				}
			}
		},
		"long": func(*nativelog.Redirect) {
			nativelogtest.Print(2, strings.Repeat("x", 10000)+"\nafter\n")
		},
		"panic": func(*nativelog.Redirect) { panic("the program is broken") },
		"abort": func(*nativelog.Redirect) {
			nativelogtest.Abort("terminate called after throwing an instance of 'cv::Exception'\n")
		},
		"segfault": func(*nativelog.Redirect) { nativelogtest.Segfault("the last words\n") },
		"hostile": func(*nativelog.Redirect) { // more than is logged before the crash
			nativelogtest.Segfault(strings.Repeat("owned\x1b[2J\a\n", 20_000))
		},
		"flood": func(*nativelog.Redirect) { // more than the pipe holds, and a crash's own text
			r := strings.Repeat(strings.Repeat("y", 99)+"\n", 100)
			for range 300 {
				nativelogtest.Print(2, r)
			}
			panic("the program is broken")
		},
		"recover": func(*nativelog.Redirect) { // Go's own handler must still be asked
			func() {
				defer func() { slog.Info("recovered", "what", recover()) }()
				var nowhere *int
				*nowhere = 1
			}()
		},
		"closed": func(r *nativelog.Redirect) {
			if err := r.Close(); err != nil {
				panic(err)
			}
			nativelogtest.Print(2, "plain again\n")
		},
	}
}

func TestMain(m *testing.M) {
	name := os.Getenv("BE_THE_PROGRAM")
	if name == "" {
		os.Exit(m.Run())
	}
	r := &nativelog.Redirect{Redact: func(uri string) string { return strings.Replace(uri, "secret", "xxxxx", 1) }}
	if err := r.Initialize(); err != nil {
		panic(err)
	}
	logger := slog.New(slog.NewJSONHandler(r.Stderr, nil))
	slog.SetDefault(logger)
	r.Log(logger)
	programs()[name](r)
	if err := r.Close(); err != nil {
		panic(err)
	}
	os.Exit(0)
}

// start runs one of the programs to its end.
func start(t *testing.T, name string) (stdout, stderr string, code int) {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), "BE_THE_PROGRAM="+name, "GOTRACEBACK=single")
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	hung := time.AfterFunc(time.Minute, func() { _ = c.Process.Signal(syscall.SIGKILL) })
	defer hung.Stop()
	_ = c.Wait() // the exit code tells
	return out.String(), errs.String(), c.ProcessState.ExitCode()
}

// records reads lines that must all be JSON, and gives what the test compares: level, message and what is not the same in all.
func records(t *testing.T, text string) (all []string) {
	t.Helper()
	for s := bufio.NewScanner(strings.NewReader(text)); s.Scan(); {
		var r map[string]any
		if err := json.Unmarshal(s.Bytes(), &r); err != nil {
			t.Fatalf("not JSON: %s", s.Text())
		}
		if r["source"] != "native" {
			t.Errorf("source %v in %s", r["source"], s.Text())
		}
		all = append(all, fmt.Sprintf("%v %v %v %v", r["level"], r["library"], r["lines"], r["msg"]))
	}
	return all
}

func TestPrintedLinesAreRecords(t *testing.T) {
	stdout, stderr, code := start(t, "print")
	if code != 0 || stdout != "result\n" {
		t.Errorf("exit code %d, standard output %q, want the program's own alone", code, stdout)
	}
	got := records(t, stderr)
	slices.Sort(got)
	want := []string{
		"INFO <nil> <nil> a line of a driver",
		"INFO <nil> <nil> the last line has no end",
		"WARN <nil> <nil> cannot open rtsp://admin:xxxxx@cam/1",
		"WARN libpng <nil> iCCP: known incorrect sRGB profile",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

// TestStorm: 3,000 lines that differ in their numbers, over more than three seconds, are a record a second.
func TestStorm(t *testing.T) {
	_, stderr, _ := start(t, "storm")
	got := records(t, stderr)
	if len(got) < 3 || len(got) > 6 {
		t.Errorf("%d records, want about one a second: %q", len(got), got)
	}
	total := 0
	for _, r := range got {
		var level, library, lines string
		if _, err := fmt.Sscan(r, &level, &library, &lines); err != nil || level != "WARN" || library != "ffmpeg" {
			t.Errorf("got %q (%v)", r, err)
		}
		n := 1
		if lines != "<nil>" {
			if _, err := fmt.Sscan(lines, &n); err != nil {
				t.Error(err)
			}
		}
		total += n
	}
	if total != 3000 {
		t.Errorf("the records stand for %d lines, want 3000: %q", total, got)
	}
}

func TestLongLine(t *testing.T) {
	_, stderr, _ := start(t, "long")
	want := []string{"WARN <nil> <nil> " + strings.Repeat("x", 4096), "WARN <nil> <nil> after"}
	if got := records(t, stderr); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

// TestCrashes: what a crash prints, and what native code printed before it, still comes out on the process's own standard error.
func TestCrashes(t *testing.T) {
	for _, c := range []struct {
		name string
		want []string
	}{
		{"panic", []string{"panic: the program is broken", "goroutine 1 [running"}},
		{"flood", []string{"panic: the program is broken", "goroutine 1 [running"}},
		{"abort", []string{"terminate called after throwing an instance of 'cv::Exception'", "SIGABRT: abort", "goroutine 1"}},
		{"hostile", []string{"owned", "SIGSEGV: segmentation violation"}},
		{"segfault", []string{"the last words", "SIGSEGV: segmentation violation", "goroutine 1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for range 5 { // the reader of the pipe may be faster than the crash, or not
				_, stderr, code := start(t, c.name)
				// A native crash may also end by its signal (-1): the runtime prints the goroutines that still run, and may fault at that.
				if native := strings.Contains(strings.Join(c.want, " "), "SIG"); code != 2 && !(native && code == -1) {
					t.Errorf("exit code %d, want 2", code)
				}
				if strings.ContainsAny(stderr, "\x1b\a") {
					t.Errorf("what a library said acts on the terminal: %.500q", stderr)
				}
				for _, want := range c.want {
					if !strings.Contains(stderr, want) {
						t.Errorf("want %q, got %.2000s", want, stderr)
					}
				}
			}
		})
	}
}

func TestGoFaultsAreRecovered(t *testing.T) {
	_, stderr, code := start(t, "recover")
	if code != 0 || !strings.Contains(stderr, "invalid memory address or nil pointer dereference") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

func TestCloseGivesDescriptorsBack(t *testing.T) {
	_, stderr, code := start(t, "closed")
	if code != 0 || stderr != "plain again\n" {
		t.Errorf("exit code %d, standard error %q", code, stderr)
	}
}

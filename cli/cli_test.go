package cli_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/maskwarden/maskwarden/capture/decode"
	"github.com/maskwarden/maskwarden/cli"
	"github.com/maskwarden/maskwarden/memory"
)

// TestMain makes the test binary the program itself when it is asked to, so that signals meet a real process.
func TestMain(m *testing.M) {
	decode.Main()
	if os.Getenv("BE_THE_PROGRAM") != "" {
		memory.Tune() // as main does
		os.Exit(cli.Process(os.Args[1:]))
	}
	dir, err := filepath.Abs("../share/maskwarden")
	if err != nil {
		panic(err)
	}
	os.Setenv("MASKWARDEN_ASSETS_DIR", dir)
	os.Exit(m.Run())
}

func run(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = cli.Main(args, &out, &errs)
	return code, out.String(), errs.String()
}

func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestFullOutput: what cannot be printed is no success, whatever a command finds.
func TestFullOutput(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	waiting := t.TempDir()
	if err := os.Mkdir(filepath.Join(waiting, "outbox"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"version"}, {"version", "--json"}, {"config", "example"}, {"outbox", "list", "--state-dir", waiting}, {"classify", "../share/maskwarden/astronaut.png"}} {
		var errs bytes.Buffer
		if code := cli.Main(args, full, &errs); code != 73 || !strings.Contains(errs.String(), "standard output: write /dev/full: no space left on device") {
			t.Errorf("%v: exit code %d: %s", args, code, errs.String())
		}
	}
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer write.Close()
	read.Close()
	var errs bytes.Buffer
	if code := cli.Main([]string{"config", "example"}, write, &errs); code != 73 || errs.Len() > 0 {
		t.Errorf("a reader that has gone: exit code %d: %s", code, errs.String())
	}
}

// big makes a picture of 60 megapixels that is a small file.
func big(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "big.png")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, image.NewPaletted(image.Rect(0, 0, 10000, 6000), color.Palette{color.Black})); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestExitCodes(t *testing.T) {
	empty := file(t, "empty.jpg", "")
	text := file(t, "text.mp4", "this is no video, however it is named\n")
	if err := os.WriteFile(text+".jpg", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	bad := file(t, "bad.yaml", "device: cam\ncamera: []\ncameras: []\nhttp: {listen: 8080}\n")
	noPack := file(t, "nopack.yaml", "cameras: [{name: a, source: synthetic://}]\nclassifier: {pack: models/none}\n")
	noLibrary := file(t, "nolib.yaml", "cameras: [{name: a, source: synthetic://}]\nclassifier: {library: nowhere.so}\n")
	odd, linked, pipe := file(t, "a b.jpg", "x"), filepath.Join(t.TempDir(), "linked.jpg"), filepath.Join(t.TempDir(), "pipe.jpg")
	if err := errors.Join(os.Link(odd, linked), syscall.Mkfifo(pipe, 0o600)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		args   []string
		code   int
		stderr []string // each must be in what is said
	}{
		{"help", []string{"--help"}, 0, nil},
		{"version", []string{"version"}, 0, nil},
		{"no command", nil, 64, []string{"expected one of"}},
		{"unknown flag", []string{"version", "--loud"}, 64, []string{"unknown flag --loud"}},
		{"config is an example", []string{"config", "example"}, 0, nil},
		{"every config error", []string{"config", "check", bad}, 78, []string{bad + ":2:1: camera:", bad + ":3:", "cameras:"}},
		{"no config", []string{"run", "--config", "nowhere.yaml"}, 78, []string{"nowhere.yaml"}},
		{"no pack", []string{"run", "--config", noPack}, 78, []string{"classifier.pack", "models/none"}},
		{"no library", []string{"run", "--config", noLibrary}, 78, []string{"classifier.library", "nowhere.so"}},
		{"no picture", []string{"classify", "nowhere.jpg"}, 66, []string{"nowhere.jpg"}},
		{"0 bytes", []string{"classify", empty}, 66, []string{empty}},
		{"text as video", []string{"classify", text}, 66, []string{text}},
		{"60 megapixels", []string{"classify", big(t)}, 66, []string{"megapixels"}},
		{"annotate two", []string{"classify", "--annotate", "o.jpg", "a", "b"}, 64, []string{"--annotate"}},
		{"annotate the input", []string{"classify", "--annotate", text + ".jpg", text + ".jpg"}, 64, []string{"is the picture that is read"}},
		{"annotate the input by its address", []string{"classify", "--annotate", odd, "file://" + strings.ReplaceAll(odd, " ", "%20")}, 64, []string{"is the picture that is read"}},
		{"annotate the folder", []string{"classify", "--annotate", linked, filepath.Dir(odd)}, 64, []string{"is in the folder that is read"}},
		{"annotate a pipe", []string{"classify", "--annotate", pipe, "a"}, 64, []string{"is there, and no file"}},
		{"verify a pipe", []string{"selftest", "--verify", pipe}, 3, []string{"--verify"}},
		{"annotate what", []string{"classify", "--annotate", "o.xyz", "a"}, 64, []string{"want a path that ends in .jpg or .png"}},
		{"evaluate what", []string{"evaluate"}, 64, []string{"--faces DIR, --scenes DIR, --alarms DIR and --patched DIR"}},
		{"evaluate beside", []string{"evaluate", "--faces", ".", "--beside", "."}, 64, []string{"--beside: it needs --patched DIR"}},
		{"evaluate patched nothing", []string{"evaluate", "--patched", t.TempDir()}, 66, []string{"manifest.csv"}},
		{"evaluate nothing", []string{"evaluate", "--faces", t.TempDir()}, 66, []string{"no pictures"}},
		{"bench nothing", []string{"bench", "--source", "nowhere.mp4"}, 66, []string{"nowhere.mp4"}},
		{"bench too little", []string{"bench", "--source", "x", "--frames", "3"}, 64, []string{"want 30 or more"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, _, stderr := run(c.args...)
			if code != c.code {
				t.Errorf("exit code %d, want %d\n%s", code, c.code, stderr)
			}
			for _, want := range c.stderr {
				if !strings.Contains(stderr, want) {
					t.Errorf("want %q in:\n%s", want, stderr)
				}
			}
		})
	}
}

// TestConfigWarnings: a page that is open to the network without a token is no error, and is said.
func TestConfigWarnings(t *testing.T) {
	camera := fmt.Sprintf("state_dir: %q\ncameras: [{name: a, source: synthetic://}]\n", t.TempDir())
	quiet := camera + "http: {listen: ''}\n" // somebody else may have the usual port
	short := file(t, "token", "0123\n")
	if err := os.Chmod(short, 0o600); err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(freeAddress(t))
	if err != nil {
		t.Fatal(err)
	}
	open := file(t, "open.yaml", camera+"http: {listen: '0.0.0.0:"+port+"'}\n")
	refused := "http.listen 0.0.0.0:" + port + " can be reached from other machines, and http.token_file names no token: all but /livez and /readyz is refused"
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{file(t, "good.yaml", quiet)}, "good.yaml is valid\n"},
		{[]string{"--json", file(t, "good.yaml", quiet)}, `{"ok": true, "errors": []}`},
		{[]string{open}, open + ": warning: " + refused + "\n" + open + " is valid\n"},
		{[]string{file(t, "short.yaml", camera+"http: {listen: '', token_file: "+short+"}\n")}, "warning: http.token_file " + short + " holds 4 bytes, want 16 or more"},
	} {
		code, stdout, stderr := run(append([]string{"config", "check"}, c.args...)...)
		if code != 0 || !strings.Contains(stdout, c.want) || strings.Contains(stdout, "warning") != strings.Contains(c.want, "warning") {
			t.Errorf("%q: exit code %d, %s%s, want %s", c.args, code, stdout, stderr, c.want)
		}
	}
	_, stdout, _ := run("config", "check", "--json", open)
	var got struct {
		OK       bool
		Errors   []string
		Warnings []string
	}
	if err := json.Unmarshal([]byte(stdout), &got); err != nil || !got.OK || got.Errors == nil || len(got.Warnings) != 1 || got.Warnings[0] != refused {
		t.Errorf("got %s (%v)", stdout, err)
	}
}

func TestErrorsAsJSON(t *testing.T) {
	_, _, stderr := run("evaluate", "--json")
	var e struct {
		Error, Hint string
		Code        int
	}
	if err := json.Unmarshal([]byte(stderr), &e); err != nil || e.Code != 64 || e.Hint == "" {
		t.Errorf("got %s (%v), want an object with error, hint and code 64", stderr, err)
	}
}

func TestClassify(t *testing.T) {
	annotated := filepath.Join(t.TempDir(), "out.jpg")
	code, stdout, stderr := run("classify", "--json", "--annotate", annotated, "../share/maskwarden/astronaut.png")
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	var r struct {
		Width, Height, Frames int
		Faces                 []struct {
			Label, Quality string
			Box            [4]int
		}
		Model string
	}
	if err := json.Unmarshal([]byte(stdout), &r); err != nil {
		t.Fatalf("%v in %s", err, stdout)
	}
	if r.Width != 512 || r.Frames != 1 || len(r.Faces) != 1 || r.Faces[0].Label != "none" || r.Faces[0].Quality != "good" {
		t.Errorf("the astronaut wears no mask, but: %s", stdout)
	}
	if info, err := os.Stat(annotated); err != nil || info.Size() == 0 {
		t.Errorf("no annotated picture: %v", err)
	}
}

// TestClassifyByContent finds the same face in a picture whatever its name is.
func TestClassifyByContent(t *testing.T) {
	portrait, err := os.ReadFile("../share/maskwarden/astronaut.png")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"noext", "a.jfif", "10:30:05.png", "a,b.png"} {
		code, stdout, stderr := run("classify", file(t, name, string(portrait)))
		if code != 0 || !strings.Contains(stdout, "none") {
			t.Errorf("%q: exit code %d\n%s%s", name, code, stdout, stderr)
		}
	}
}

func TestOneBadFileDoesNotStopTheOthers(t *testing.T) {
	code, stdout, stderr := run("classify", "nowhere.jpg", "../share/maskwarden/astronaut.png")
	if code != 66 || !strings.Contains(stderr, "nowhere.jpg") || !strings.Contains(stdout, "astronaut.png: 512x512") {
		t.Errorf("exit code %d\n%s\n%s", code, stdout, stderr)
	}
}

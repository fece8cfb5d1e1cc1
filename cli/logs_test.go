package cli_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// recorder collects standard error while the program runs.
type recorder struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (r *recorder) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(b)
}

func (r *recorder) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

// damaged makes a folder with a whole picture, a PNG with a wrong checksum and a JPEG with wrong markers, and a video with wrong bytes in it.
func damaged(t *testing.T) (pictures, video string) {
	t.Helper()
	noise := image.NewRGBA(image.Rect(0, 0, 160, 120))
	random := rand.New(rand.NewPCG(1, 2))
	for i := range noise.Pix {
		noise.Pix[i] = byte(random.Uint32())
	}
	var asPNG, asJPEG bytes.Buffer
	if err := png.Encode(&asPNG, noise); err != nil {
		t.Fatal(err)
	}
	if err := jpeg.Encode(&asJPEG, noise, nil); err != nil {
		t.Fatal(err)
	}
	pictures = t.TempDir()
	put := func(path string, data []byte) {
		t.Helper()
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put(pictures+"/whole.png", bytes.Clone(asPNG.Bytes()))
	asPNG.Bytes()[2000] ^= 0xff
	put(pictures+"/damaged.png", asPNG.Bytes())
	copy(asJPEG.Bytes()[3000:], "\x12\x34\xff\xd9\xff\xd0\x00\xff\xff\x01") // an end and a restart amid the picture
	put(pictures+"/damaged.jpg", asJPEG.Bytes())

	video = filepath.Join(t.TempDir(), "video.ts")
	out, err := exec.Command("ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc=d=20:s=320x240", "-c:v", "libx264", "-g", "10", video).CombinedOutput()
	if err != nil {
		t.Fatalf("ffmpeg: %v (run `make setup-test`)\n%s", err, out)
	}
	data, err := os.ReadFile(video)
	if err != nil {
		t.Fatal(err)
	}
	for i := 3000; i < len(data); i += 700 {
		data[i] ^= 0x5a
	}
	put(video, data)
	return pictures, video
}

// checkJSONLog fails unless each line is a JSON object without an attribute twice. It returns the native libraries that logged.
func checkJSONLog(t *testing.T, text string) map[string]bool {
	t.Helper()
	libraries := map[string]bool{}
	for line := range strings.Lines(text) {
		var r struct{ Source, Library string }
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Errorf("not JSON: %s", line)
			continue
		}
		if r.Source == "native" {
			libraries[r.Library] = true
		}
		d := json.NewDecoder(strings.NewReader(line))
		seen, depth, isKey := map[string]bool{}, 0, false
		for {
			token, err := d.Token()
			if err == io.EOF {
				break
			}
			switch v := token.(type) {
			case json.Delim:
				if v == '{' || v == '[' {
					depth++
				} else {
					depth--
				}
				isKey = depth == 1
				continue
			case string:
				if depth == 1 && isKey && seen[v] {
					t.Errorf("%s twice in %s", v, line)
				}
				if depth == 1 && isKey {
					seen[v] = true
				}
			}
			isKey = depth == 1 && !isKey
		}
	}
	return libraries
}

// TestLogIsJSONThroughout runs the daemon on pictures and streams at which libraries print: what decoders say comes as a camera's reason.
func TestLogIsJSONThroughout(t *testing.T) {
	pictures, video := damaged(t)
	server := httptest.NewServer(http.FileServer(http.Dir(filepath.Dir(video))))
	defer server.Close()
	daemon := program(t, "run", "--config", file(t, "maskwarden.yaml", fmt.Sprintf(`
state_dir: %q
log: {format: json}
cameras:
  - {name: pictures, source: "file://%s", loop: true}
  - {name: stream, source: "%s/video.ts"}
  - {name: refused, source: "http://127.0.0.1:1/", username: admin, password_file: %q}
http: {listen: ""}
`, t.TempDir(), pictures, server.URL, file(t, "password", "secret"))))
	var out, log recorder
	daemon.Stdout, daemon.Stderr = &out, &log
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if t.Failed() {
			t.Logf("the log:\n%s", &log)
		}
	}()
	until(t, "the library, the decoders and a refused connection are logged", func() bool {
		text := log.String()
		for _, want := range []string{`"library":"tflite"`, "libpng error", "Corrupt JPEG data", `"camera":"stream"`, `"camera":"refused"`} {
			if !strings.Contains(text, want) {
				return false
			}
		}
		return true
	})
	_ = daemon.Process.Signal(syscall.SIGTERM)
	if err := daemon.Wait(); err != nil {
		t.Errorf("SIGTERM must end in exit code 0: %v", err)
	}
	if out.String() != "" {
		t.Errorf("standard output: %s", &out)
	}
	if libraries := checkJSONLog(t, log.String()); !libraries["tflite"] {
		t.Errorf("logged: %v", libraries)
	}
	if strings.Contains(log.String(), "secret") {
		t.Errorf("the log holds the password:\n%s", &log)
	}
}

// TestErrorsAreJSON: also what ends the daemon, and what a command with --json prints next to its result.
func TestErrorsAreJSON(t *testing.T) {
	pictures, _ := damaged(t)
	config := file(t, "maskwarden.yaml", fmt.Sprintf(`
state_dir: %q
log: {format: json}
cameras: [{name: door, source: "synthetic://"}]
classifier: {pack: /nowhere}
`, t.TempDir()))
	for _, c := range []struct {
		args    []string
		code    int
		want    string
		library string
	}{
		{[]string{"run", "--config", config}, 78, `"error":"`, ""},
		{[]string{"classify", "--json", pictures + "/damaged.png", pictures + "/damaged.jpg"}, 66, `damaged picture`, "tflite"},
	} {
		p := program(t, c.args...)
		var out, log bytes.Buffer
		p.Stdout, p.Stderr = &out, &log
		_ = p.Run() // the exit code tells
		if code := p.ProcessState.ExitCode(); code != c.code {
			t.Errorf("%v: exit code %d, want %d\n%s", c.args, code, c.code, &log)
		}
		libraries := checkJSONLog(t, log.String())
		if c.library != "" && !libraries[c.library] {
			t.Errorf("%v: %s did not log", c.args, c.library)
		}
		lines := strings.Split(strings.TrimSpace(log.String()), "\n")
		if last := lines[len(lines)-1]; !strings.Contains(last, c.want) || !strings.Contains(last, fmt.Sprintf(`"code":%d`, c.code)) {
			t.Errorf("%v: the last line is %s", c.args, last)
		}
		for line := range strings.Lines(out.String()) {
			if !json.Valid([]byte(line)) {
				t.Errorf("%v: not JSON on standard output: %s", c.args, line)
			}
		}
	}
}

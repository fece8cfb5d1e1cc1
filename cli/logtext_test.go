package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/report/reporttest"
)

// TestLogIsClean: no attribute of a record acts on the terminal that shows it, in either format, and none is long.
func TestLogIsClean(t *testing.T) {
	hostile := strings.Join(reporttest.Hostile()[:7], "\n")
	for _, format := range []config.Format{"text", "json"} {
		var out bytes.Buffer
		logger := (&logs{out: &out}).logger(config.Log{Format: format})
		logger.With("always", hostile).WithGroup("group").Warn(hostile, "text", hostile, "error", errors.New(hostile), "list", []string{hostile, "b"},
			slog.Group("inner", "text", hostile), "bytes", []byte(hostile), "long", strings.Repeat("x", 1<<20), "number", 3)
		got := out.String()
		if line, rest, _ := strings.Cut(got, "\n"); report.Clean(line, len(line)) != line || rest != "" {
			t.Errorf("%s: %q", format, got)
		}
		if n := strings.Count(got, reporttest.Mark); n != 7*7 || len(got) > 3*report.MaxLine {
			t.Errorf("%s: %d marks, want 49, in %d bytes: %.1000q", format, n, len(got), got)
		}
		if format == "json" && !json.Valid(out.Bytes()) {
			t.Errorf("not JSON: %s", got)
		}
	}
}

// TestPlainAttributesStay: what holds nothing to clean keeps its type.
func TestPlainAttributesStay(t *testing.T) {
	var out bytes.Buffer
	(&logs{out: &out}).logger(config.Log{Format: "json"}).Info("plain", "list", []string{"a", "b"}, "number", 3, "yes", true, "nothing", nil)
	if got := out.String(); !strings.HasSuffix(got, `"level":"INFO","msg":"plain","list":["a","b"],"number":3,"yes":true,"nothing":null}`+"\n") {
		t.Errorf("got %s", got)
	}
}

func BenchmarkCleaned(b *testing.B) {
	a := slog.String("camera", "a camera of an ordinary name, and what it says when it is lost: connection refused")
	for b.Loop() {
		cleaned(a)
	}
}

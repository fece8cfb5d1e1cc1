package supervisor

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/capture/decode"
)

// TestBegunAgain has a daemon that is killed, then one that panics, and between them none can be started. It goes on until one ends by itself.
func TestBegunAgain(t *testing.T) {
	dir := t.TempDir()
	program, away := filepath.Join(dir, "program"), filepath.Join(dir, "away")
	script := fmt.Sprintf(`#!/bin/sh
echo x >> %[1]s/runs
case $(wc -l < %[1]s/runs) in
1) mv %[1]s/program %[1]s/away; kill -9 $$ ;;
2) exit 2 ;;
*) exit 7 ;;
esac
`, dir)
	if err := os.WriteFile(program, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv(decode.RunnerVariable, program)
	log := &lines{}
	log.heard = func(line string) {
		if strings.Contains(line, "cannot be started") {
			if err := os.Rename(away, program); err != nil {
				t.Error(err)
			}
		}
	}
	s := &Supervisor{Stdout: os.Stdout, Stderr: os.Stderr, Limit: time.Minute, Logger: slog.New(slog.NewTextHandler(log, nil))}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	code, err := s.Run(ctx)
	if code != 7 || err != nil {
		t.Errorf("ended with %d, %v", code, err)
	}
	for _, want := range []string{"ended by a signal", "no such file or directory", "ended by a panic"} {
		if strings.Count(log.String(), want) != 1 {
			t.Errorf("not once %q:\n%s", want, log.String())
		}
	}
	if err := os.Remove(program); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Run(ctx); err == nil || !strings.Contains(err.Error(), "start the daemon: ") {
		t.Errorf("what cannot be started at all: %v", err)
	}
}

// lines is a log that is heard line by line.
type lines struct {
	bytes.Buffer
	heard func(line string)
}

func (l *lines) Write(b []byte) (int, error) {
	l.heard(string(b))
	return l.Buffer.Write(b)
}

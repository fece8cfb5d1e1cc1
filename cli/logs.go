package cli

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"github.com/maskwarden/maskwarden/capture"
	"github.com/maskwarden/maskwarden/cli/logqueue"
	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/nativelog"
	"github.com/maskwarden/maskwarden/report"
)

// flushLimit is how long an ending daemon waits for whoever reads its log.
const flushLimit = 500 * time.Millisecond

// logs is standard error: the log, what native libraries print, and the last error.
type logs struct {
	out    io.Writer
	queue  *logqueue.Queue     // a daemon's out; nil: a command waits for who reads what it prints
	native *nativelog.Redirect // nil in tests, which share their process
	json   atomic.Bool         // everything is JSON
}

// Process runs one command as the whole process: what native libraries print becomes log records. It returns the exit code.
func Process(args []string) int {
	native := &nativelog.Redirect{Redact: capture.Redact}
	if err := native.Initialize(); err != nil {
		return (&logs{out: os.Stderr}).explain(fail(exitInternal, "", err))
	}
	return execute(args, native.Stdout, &logs{out: native.Stderr, native: native})
}

// logger returns a logger as the configuration wants it. Native libraries log to it, too.
func (l *logs) logger(c config.Log) *slog.Logger {
	journal := os.Getenv("JOURNAL_STREAM") != "" // it has its own clock
	options := &slog.HandlerOptions{Level: c.Level.Slog(), ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if journal && len(groups) == 0 && a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return cleaned(a)
	}}
	if c.Format == "json" {
		l.json.Store(true)
	}
	logger := slog.New(slog.NewTextHandler(l.out, options))
	if l.json.Load() {
		logger = slog.New(slog.NewJSONHandler(l.out, options))
	}
	if l.native != nil {
		l.native.Log(logger)
	}
	return logger
}

// daemon returns the logger of a process that must not wait for whoever reads its log.
func (l *logs) daemon(c config.Log) *slog.Logger {
	l.queue = &logqueue.Queue{Out: l.out}
	l.out = l.queue
	logger := l.logger(c)
	l.queue.OnLost = func(lines uint64) {
		logger.Warn("lines of the log were lost: nobody read it for a while", "lines", lines)
	}
	return logger
}

// cleaned is an attribute whose text may come from outside, cleaned and bounded. What holds only plain values stays as it is.
func cleaned(a slog.Attr) slog.Attr {
	text := ""
	switch v := a.Value.Any().(type) {
	case string:
		text = v
	case error:
		text = v.Error()
	case []byte:
		text = string(v)
	default:
		if a.Value.Kind() != slog.KindAny {
			return a
		}
		if text = fmt.Sprintf("%+v", v); text == report.Lines(text, report.MaxLine) {
			return a
		}
	}
	return slog.String(a.Key, report.Lines(text, report.MaxLine))
}

// end writes the command's error behind all that native libraries printed, and returns the exit code.
func (l *logs) end(err error) int {
	if l.native != nil {
		err = errors.Join(err, l.native.Close())
	}
	return l.explain(err)
}

// explain writes err where a person or a script finds it, and returns the exit code.
func (l *logs) explain(err error) int {
	code := explain(l.out, err, l.json.Load())
	if l.queue != nil {
		l.queue.Flush(flushLimit)
	}
	return code
}

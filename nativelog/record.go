package nativelog

import (
	"log/slog"
	"regexp"
	"strings"
)

// record is what a line says.
type record struct {
	level     slog.Level
	library   string // "" where the line's form does not tell
	component string // FFmpeg's: the codec or protocol
	text      string
}

// The forms in which libraries print. Each has groups called text, and level, component or domain where it has them.
var (
	opencvForm     = regexp.MustCompile(`^\[ ?(?P<level>FATAL|ERROR|WARN|INFO|DEBUG):\d+(?:@[\d.]+)?\] (?:global )?(?P<text>.*)`)
	opencvErrors   = regexp.MustCompile(`^(?P<text>OpenCV(?:\([^)]*\))?:? .*)`)
	ffmpegForm     = regexp.MustCompile(`^\[(?P<component>[A-Za-z0-9_,]+) @ 0x[0-9a-f]+\] (?:\[(?P<level>\w+)\] )?(?P<text>.*)`)
	tfliteForm     = regexp.MustCompile(`^(?P<level>VERBOSE|INFO|WARNING|ERROR): (?P<text>.*)`)
	tensorflowForm = regexp.MustCompile(`^\d{4}-\d\d-\d\d [\d:.]+: (?P<level>[IWEF]) (?P<text>.*)`)
	abslForm       = regexp.MustCompile(`^(?P<level>[IWEF])\d{4} [\d:.]+ +\d+ (?P<text>.*)`)
	pngForm        = regexp.MustCompile(`^libpng (?P<level>warning|error): (?P<text>.*)`)
	jpegForm       = regexp.MustCompile(`^(?P<text>(?:Corrupt JPEG data: |Premature end of JPEG file|Unsupported marker type 0x|Invalid SOS parameters).*)`)
	glibForm       = regexp.MustCompile(`^\([^)]*:\d+\): (?P<domain>[\w-]+)-(?P<level>ERROR|CRITICAL|WARNING|Message|INFO|DEBUG) \*\*: (?:[\d:.]+: )?(?P<text>.*)`)
	gstreamerForm  = regexp.MustCompile(`^\d+:\d\d:\d\d\.\d+ +\d+ +0x[0-9a-f]+ (?P<level>[A-Z]+) +(?P<text>.*)`)
	abortForm      = regexp.MustCompile(`^(?P<text>(?:terminate called |double free|free\(\): |malloc\(\): |realloc\(\): |munmap_chunk\(\): |corrupted |\*\*\* ).*)`)

	escapes = regexp.MustCompile(`\x1b\[[0-9;]*[A-Za-z]`) // colors
	uris    = regexp.MustCompile(`[A-Za-z][A-Za-z0-9+.-]*://[^\s'"<>]+`)
	numbers = regexp.MustCompile(`0x[0-9a-fA-F]+|-?\d+`)
)

// parse reads a line; false if it is empty.
func parse(l line, redact func(string) string) (record, bool) {
	text := strings.TrimSpace(escapes.ReplaceAllString(strings.ToValidUTF8(l.text, "�"), ""))
	if redact != nil {
		text = uris.ReplaceAllStringFunc(text, redact)
	}
	for _, form := range []struct {
		library string
		form    *regexp.Regexp
		level   slog.Level // where the form has none
	}{
		{"opencv", opencvForm, l.level},
		{"opencv", opencvErrors, slog.LevelError},
		{"ffmpeg", ffmpegForm, slog.LevelWarn}, // OpenCV makes it print errors only, of which it survives most
		{"tflite", tfliteForm, l.level},
		{"tensorflow", tensorflowForm, l.level},
		{"", abslForm, l.level},
		{"libpng", pngForm, l.level},
		{"libjpeg", jpegForm, slog.LevelWarn},
		{"", glibForm, l.level},
		{"gstreamer", gstreamerForm, l.level},
		{"", abortForm, slog.LevelError},
	} {
		found := form.form.FindStringSubmatch(text)
		if found == nil {
			continue
		}
		r := record{level: form.level, library: form.library}
		for i, group := range form.form.SubexpNames() {
			switch group {
			case "level":
				r.level = levelOf(found[i], form.level)
			case "component":
				r.component = found[i]
			case "domain":
				r.library = strings.ToLower(found[i])
			case "text":
				r.text = strings.TrimSpace(found[i])
			}
		}
		return r, r.text != ""
	}
	return record{level: l.level, text: text}, text != ""
}

// levelOf reads a library's own word for a level.
func levelOf(word string, otherwise slog.Level) slog.Level {
	switch strings.ToLower(word) {
	case "fatal", "panic", "error", "critical", "e", "f":
		return slog.LevelError
	case "warn", "warning", "fixme", "w":
		return slog.LevelWarn
	case "info", "message", "i":
		return slog.LevelInfo
	case "debug", "verbose", "log", "trace", "memdump":
		return slog.LevelDebug
	}
	return otherwise
}

// kind is the same for records that differ in their numbers only.
func (r record) kind() string {
	return r.level.String() + r.library + r.component + numbers.ReplaceAllString(r.text, "0")
}

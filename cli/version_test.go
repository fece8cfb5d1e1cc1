package cli

import (
	"bytes"
	"encoding/json"
	"runtime/debug"
	"testing"
)

func TestVersionIsNeverDevel(t *testing.T) {
	built := func(version string, settings ...debug.BuildSetting) *debug.BuildInfo {
		return &debug.BuildInfo{Main: debug.Module{Version: version}, Settings: settings}
	}
	commit := debug.BuildSetting{Key: "vcs.revision", Value: "0b4ee74"}
	for _, c := range []struct {
		name, revision string
		info           *debug.BuildInfo
		want           string
	}{
		{"by make", "v1.2.0-3-g0b4ee74", built("(devel)"), "v1.2.0-3-g0b4ee74"},
		{"by make, which has the last word", "0b4ee74-dirty", built("v1.2.0", commit), "0b4ee74-dirty"},
		{"by go install of a version", "", built("v1.2.0"), "v1.2.0"},
		{"from a checkout", "", built("(devel)", commit), "0b4ee74"},
		{"from a changed checkout", "", built("(devel)", commit, debug.BuildSetting{Key: "vcs.modified", Value: "true"}), "0b4ee74-dirty"},
		{"from an unchanged checkout", "", built("", commit, debug.BuildSetting{Key: "vcs.modified", Value: "false"}), "0b4ee74"},
		{"from an archive", "", built("(devel)"), "unknown"},
		{"without a word from the compiler", "", nil, "unknown"},
	} {
		if got := version(c.revision, c.info); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestVersionCommand(t *testing.T) {
	var out bytes.Buffer
	if err := (&versionCmd{JSON: true}).Run(&out); err != nil {
		t.Fatal(err)
	}
	var v versionInfo
	if err := json.Unmarshal(out.Bytes(), &v); err != nil {
		t.Fatal(err)
	}
	if v.Version == "" || v.Version == "(devel)" || v.Arch == "" || v.OpenCV == "" {
		t.Errorf("%+v", v)
	}
}

package cli

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/cli/screen"
)

type versionCmd struct {
	JSON bool `help:"Print JSON."`
}

type versionInfo struct {
	Version string `json:"version"`
	Go      string `json:"go"`
	OpenCV  string `json:"opencv"`
	GoCV    string `json:"gocv"`
	Arch    string `json:"arch"`
}

func (c *versionCmd) Run(stdout io.Writer) error {
	v := versionInfo{Version(), runtime.Version(), gocv.OpenCVVersion(), gocv.Version(), runtime.GOOS + "/" + runtime.GOARCH}
	if c.JSON {
		return screen.JSON(stdout, v)
	}
	_, err := fmt.Fprintf(stdout, "maskwarden %s (%s, %s, OpenCV %s, gocv %s)\n", v.Version, v.Arch, v.Go, v.OpenCV, v.GoCV)
	return err
}

// revision is what git describes; the makefile writes it into the program.
var revision string //nolint:gochecknoglobals // only a package's variable can be set by the linker

// Version is the program's version: what git describes, that of its module, or the commit it was built from.
func Version() string {
	info, _ := debug.ReadBuildInfo()
	return version(revision, info)
}

func version(revision string, info *debug.BuildInfo) string {
	if revision != "" {
		return revision
	}
	if info == nil {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	commit := settings["vcs.revision"]
	if commit == "" {
		return "unknown"
	}
	if settings["vcs.modified"] == "true" {
		commit += "-dirty"
	}
	return commit
}

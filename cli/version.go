package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"gocv.io/x/gocv"
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
		return json.NewEncoder(stdout).Encode(v)
	}
	_, err := fmt.Fprintf(stdout, "maskwarden %s (%s, %s, OpenCV %s, gocv %s)\n", v.Version, v.Arch, v.Go, v.OpenCV, v.GoCV)
	return err
}

// Version is the program's version: that of its module, or of the commit it was built from.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "unknown"
	}
	return info.Main.Version
}

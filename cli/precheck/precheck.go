// Package precheck finds what a daemon with a valid configuration would still stumble over on this machine.
package precheck

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/maskwarden/maskwarden/capture"
	"github.com/maskwarden/maskwarden/capture/network"
	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/daemon"
	"github.com/maskwarden/maskwarden/pipeline"
	"github.com/maskwarden/maskwarden/report/page"
	"github.com/maskwarden/maskwarden/savedmodel"
	"github.com/maskwarden/maskwarden/tflite"
)

// Finding is one thing that is wrong.
type Finding struct {
	Key     string // in the configuration
	Message string
	Final   bool // the daemon refuses to start; else it runs without, says so, and tries again
}

// String is the finding in one line. Some messages begin with the key.
func (f Finding) String() string {
	if strings.HasPrefix(f.Message, f.Key) {
		return f.Message
	}
	return f.Key + ": " + f.Message
}

// Findings are all that is wrong on this machine, for now or for good.
func Findings(c *config.Config) []Finding {
	var f findings
	f.model(c)
	for i := range c.Cameras {
		f.camera(fmt.Sprintf("cameras[%d].", i), &c.Cameras[i])
	}
	f.add("state_dir", false, writable(c.StateDir))
	if c.HTTP.Listen != "" && !runs(c) {
		f.add("http.listen", false, free(string(c.HTTP.Listen)))
	}
	if warning := page.Warning(string(c.HTTP.Listen), c.HTTP.TokenFile != ""); warning != "" {
		f.add("http.listen", false, errors.New(warning))
	}
	_, err := c.HTTP.TokenFile.Read()
	f.add("http.token_file", false, err)
	if c.MQTT.Broker != "" {
		f.add("mqtt", false, daemon.Publisher(c).CheckFiles())
	}
	return f
}

type findings []Finding

// add notes an error, if it is one. An error that begins with the key needs it only once.
func (f *findings) add(key string, final bool, err error) {
	if err == nil {
		return
	}
	message := strings.TrimPrefix(err.Error(), key+": ")
	message = strings.TrimPrefix(message, key[strings.LastIndexByte(key, '.')+1:]+": ")
	*f = append(*f, Finding{key, strings.ReplaceAll(message, "\n", ", "), final})
}

func (f *findings) model(c *config.Config) {
	m := &c.Classifier
	if m.Runtime == config.TensorFlow && savedmodel.Version() == "" {
		f.add("classifier.runtime", true, savedmodel.ErrLite)
	}
	f.asset("classifier.pack", c, m.Pack, func(dir string) error { _, err := m.OpenPack(dir); return err })
	if m.Runtime == config.TFLite {
		f.add("classifier.library", true, opens(c, m.Library, func(path string) error {
			library, err := tflite.Open(path)
			if err != nil {
				return err
			}
			return library.Close()
		}))
	}
	f.asset("faces.model", c, c.Faces.Model, func(path string) error { return pipeline.CheckDetector(c, path) })
}

// asset looks for what the daemon does not run without; one that is there and damaged is waited for.
func (f *findings) asset(key string, c *config.Config, name string, open func(path string) error) {
	path, err := c.Asset(name)
	if err == nil {
		_, err = os.Stat(path)
	}
	missing := err != nil
	if !missing {
		err = open(path)
	}
	f.add(key, missing, err)
}

// opens looks for an asset and opens it.
func opens(c *config.Config, name string, open func(path string) error) error {
	path, err := c.Asset(name)
	if err != nil {
		return err
	}
	return open(path)
}

func (f *findings) camera(at string, c *config.Camera) {
	_, err := c.PasswordFile.Read()
	f.add(at+"password_file", false, err)
	if path := capture.Path(string(c.Source)); path != "" {
		_, err := os.Stat(path)
		f.add(at+"source", false, err)
	}
	if path, ok := strings.CutPrefix(string(c.Source), "v4l2://"); ok {
		_, err := os.Stat(path)
		f.add(at+"source", false, err)
	}
	f.add(at+"source", true, pipeline.CheckSynthetic(string(c.Source)))
	f.add(at+"ca_file", false, network.Options{CAFile: c.CAFile}.Check())
}

// writable is an error unless a file can be made in a folder, or in the one in which it would be made.
func writable(dir string) error {
	info, err := os.Stat(dir)
	if errors.Is(err, os.ErrNotExist) && filepath.Dir(dir) != dir {
		if err := writable(filepath.Dir(dir)); err != nil {
			return fmt.Errorf("%s is not there and cannot be made: %w", dir, err)
		}
		return nil
	}
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not a folder: name one that can be written", dir)
	}
	const writing = 2 // W_OK
	if err := syscall.Access(dir, writing); err != nil {
		return fmt.Errorf("%s: %w: name a folder that can be written", dir, err)
	}
	return nil
}

// runs says whether a daemon with this configuration runs: it has the address.
func runs(c *config.Config) bool {
	conn, err := net.Dial("unix", c.ControlSocket())
	if err != nil {
		return false
	}
	_ = conn.Close() // it was only tried
	return true
}

// free is an error unless an address can be listened on now.
func free(address string) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	return l.Close()
}

package daemon

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	sd "github.com/coreos/go-systemd/v22/daemon"

	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/pipeline"
	cameracheck "github.com/maskwarden/maskwarden/selftest/camera"
	"github.com/maskwarden/maskwarden/selftest/catalogue"
	defensecheck "github.com/maskwarden/maskwarden/selftest/defense"
	"github.com/maskwarden/maskwarden/selftest/host"
	"github.com/maskwarden/maskwarden/selftest/model"
)

// asked is the classifier in use as the checks ask it.
type asked interface {
	model.Classifier
	defensecheck.Network
}

// newUnit is what the checks of both settings have in common: the engine, asked by way of this classifier and smoother, and the machine.
func newUnit(e *pipeline.Engine, by asked, smoother model.Smoother) *catalogue.Unit {
	c := e.Config
	m := &model.Model{
		Pack: e.Pack, Open: c.Classifier.OpenPack, Classifier: by, Smoother: smoother, Runtime: e.Classifier, Reference: comparison(e),
	}
	d := &defensecheck.Defense{
		Model: m, Network: by, Open: openCertifier(e), Certainty: float32(c.Defense.Certainty), Squeeze: c.Defense.Squeezing,
	}
	h := &host.Host{
		Now: time.Now, Sys: "/sys", Proc: "/proc", StateDir: c.StateDir, Outbox: host.OpenOutbox,
		Broker: string(c.MQTT.Broker), RoundTrip: Publisher(c).RoundTrip, Socket: os.Getenv("NOTIFY_SOCKET"),
	}
	if info, err := os.Stat(filepath.Join(e.Pack.Dir, "manifest.json")); err == nil {
		h.PackTime = info.ModTime()
	}
	h.Interval, _ = sd.SdWatchdogEnabled(false) // the daemon logs what is wrong with it
	u := &catalogue.Unit{Model: m, Defense: d, Host: h}
	for i := range c.Cameras {
		u.Cameras = append(u.Cameras, newCameraCheck(c, &c.Cameras[i]))
	}
	return u
}

// newCameraCheck is a camera as its checks see it, still to be given a way to open it.
func newCameraCheck(all *config.Config, c *config.Camera) *cameracheck.Camera {
	return &cameracheck.Camera{
		Name: string(c.Name), Live: c.Source.Live(), FPS: c.FPS, MinBrightness: all.Faces.MinBrightness,
		InsecureTLS: c.InsecureTLS, Rotate: c.Rotate, Mirrored: c.Flip.Mirror() != "", Hidden: hidden(c.PrivacyZones),
		Memory: filepath.Join(all.StateDir, "view-"+string(c.Name)+".png"),
	}
}

// hidden says whether a privacy zone leaves next to nothing of the picture, so that it says nothing of the lens or the light.
func hidden(zones []config.Zone) bool {
	const most = 0.9 // of the picture
	for _, z := range zones {
		if (z[2]-z[0])*(z[3]-z[1]) > most {
			return true
		}
	}
	return false
}

// comparison is what the classifier in use is compared with: an accelerator, or another runtime, with TensorFlow Lite's own kernels.
func comparison(e *pipeline.Engine) model.Reference {
	r := model.Reference{
		Open: func() (model.Classifier, func(), error) { return e.OpenReference() },
		Name: "the CPU", Hint: "set classifier.delegates to [] until the accelerator's driver is fixed",
	}
	switch c := &e.Config.Classifier; {
	case c.Runtime == config.TensorFlow:
		r.Name, r.Hint = "TensorFlow Lite on the CPU", "set classifier.runtime to tflite until TensorFlow or its device's driver is fixed"
		if path, err := e.Config.Asset(c.Library); err != nil {
			r.Missing = fmt.Sprintf("no TensorFlow Lite to compare TensorFlow with: classifier.library: %v", err)
		} else if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			r.Missing = fmt.Sprintf("no TensorFlow Lite to compare TensorFlow with: classifier.library: %s is not there", path)
		}
	case len(c.Delegates) == 0:
		r.Missing = "the library's own kernels are in use: there is nothing to compare them with"
	}
	return r
}

// openCertifier opens the certified check in use on another classifier; it is nil where that is off.
func openCertifier(e *pipeline.Engine) func(defensecheck.Network) (defensecheck.Certifier, error) {
	if e.Checker == nil {
		return nil
	}
	return func(by defensecheck.Network) (defensecheck.Certifier, error) {
		c, err := e.Checker.WithClassifier(by)
		if err != nil {
			return nil, err
		}
		return c, nil
	}
}

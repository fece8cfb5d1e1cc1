// Package config reads the daemon's configuration: one strict YAML file and the environment.
//
// A new key is a field in its section's file, with its default in setDefaults and its limits in check, and a line in maskwarden.yaml,
// which a test holds equal to the defaults.
package config

import "github.com/maskwarden/maskwarden/config/decode"

// Config is the whole configuration.
type Config struct {
	Device     Name       `yaml:"device"`     // part of every topic, and the client id
	Log        Log        `yaml:"log"`        //
	StateDir   string     `yaml:"state_dir"`  // folder for what must outlive a restart
	AssetsDir  string     `yaml:"assets_dir"` // folder of models and libraries, see Assets
	Cameras    []Camera   `yaml:"cameras"`    // one or more
	Faces      Faces      `yaml:"faces"`
	Tracker    Tracker    `yaml:"tracker"`
	Classifier Classifier `yaml:"classifier"`
	Decision   Decision   `yaml:"decision"`
	Defense    Defense    `yaml:"defense"`
	MQTT       MQTT       `yaml:"mqtt"`
	HTTP       HTTP       `yaml:"http"`
	SelfTest   SelfTest   `yaml:"selftest"`
	Control    Control    `yaml:"control"`
}

// Default returns the configuration of an empty file. It has no camera, and so would be refused.
func Default() *Config {
	c := &Config{Device: "maskwarden", StateDir: "/var/lib/maskwarden"}
	c.Log.setDefaults()
	c.Faces.setDefaults()
	c.Tracker.setDefaults()
	c.Classifier.setDefaults()
	c.Decision.setDefaults()
	c.Defense.setDefaults()
	c.MQTT.setDefaults()
	c.HTTP.setDefaults()
	c.SelfTest.setDefaults()
	return c
}

// check reports what is impossible.
func (c *Config) check(at decode.Section) {
	at.Need("device", c.Device != "", "a name of letters, digits, - and _", "nothing")
	at.Need("state_dir", c.StateDir != "", "a folder", "nothing")
	c.checkSocket(at)
	seen := map[Name]bool{}
	for i := range c.Cameras {
		camera := &c.Cameras[i]
		sub := at.Item("cameras", i)
		camera.check(sub)
		if seen[camera.Name] && camera.Name != "" {
			sub.Need("name", false, "a name that no other camera has", decode.Quoted(string(camera.Name)))
		}
		seen[camera.Name] = true
	}
	c.Faces.check(at.Sub("faces"))
	c.Tracker.check(at.Sub("tracker"))
	c.Classifier.check(at.Sub("classifier"))
	c.Decision.check(at.Sub("decision"))
	c.Defense.check(at.Sub("defense"))
	c.MQTT.check(at.Sub("mqtt"))
	c.SelfTest.check(at.Sub("selftest"))
}

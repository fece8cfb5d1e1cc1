// Package config reads the daemon's configuration: one strict YAML file and the environment.
package config

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
func (c *Config) check(at section) {
	at.need("device", c.Device != "", "a name of letters, digits, - and _", "nothing")
	at.need("state_dir", c.StateDir != "", "a folder", "nothing")
	seen := map[Name]bool{}
	for i := range c.Cameras {
		camera := &c.Cameras[i]
		sub := at.item("cameras", i)
		camera.check(sub)
		if seen[camera.Name] && camera.Name != "" {
			sub.need("name", false, "a name that no other camera has", quoted(string(camera.Name)))
		}
		seen[camera.Name] = true
	}
	c.Faces.check(at.sub("faces"))
	c.Tracker.check(at.sub("tracker"))
	c.Classifier.check(at.sub("classifier"))
	c.Decision.check(at.sub("decision"))
	c.Defense.check(at.sub("defense"))
	c.MQTT.check(at.sub("mqtt"))
	c.SelfTest.check(at.sub("selftest"))
}

package config

// Certify is how much the certified check asks before a decision is told: off (nothing), detection (the views behind one
// mask) or recovery (also those behind two).
type Certify string

// UnmarshalText sets how much is asked.
func (c *Certify) UnmarshalText(b []byte) error { return oneOf(c, b, c.names()) }

func (c *Certify) want() string { return either(c.names()) }

func (*Certify) names() []string { return []string{"off", "detection", "recovery"} }

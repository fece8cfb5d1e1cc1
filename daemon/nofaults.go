//go:build !faults

package daemon

// injure does nothing: only builds with the tag faults can be given faults.
func (*Inspection) injure() error { return nil }

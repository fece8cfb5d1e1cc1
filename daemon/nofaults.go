//go:build !faults

package daemon

// injure does nothing: only builds with the tag faults can be told to be ill.
func (*Inspection) injure() error { return nil }

package config_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/face"
)

// TestDefaultsAreTheStagesOwn holds equal what two packages say, since neither may import the other.
func TestDefaultsAreTheStagesOwn(t *testing.T) {
	got := config.Default()
	want := config.Default()
	want.Faces.MaxSide, want.Faces.MinScore, want.Faces.NMSIoU = face.DefaultMaxSide, face.DefaultMinScore, face.DefaultNMSIoU
	want.Faces.MinSize, want.Faces.MinSharpness, want.Faces.MaxYaw = face.DefaultMinSize, face.DefaultMinSharpness, face.DefaultMaxYaw
	want.Faces.MinBrightness, want.Faces.MinContrast = face.DefaultMinBrightness, face.DefaultMinContrast
	want.Tracker.MinIoU, want.Tracker.MaxMissed, want.Tracker.MinHits = face.DefaultMinIoU, face.DefaultMaxMissed, face.DefaultMinHits
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-stages +config):\n%s", diff)
	}
}

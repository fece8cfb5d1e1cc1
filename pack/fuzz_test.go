package pack

import (
	"os"
	"testing"
)

// FuzzManifest: whatever stands in a manifest, it is refused with a reason, or usable as it is.
func FuzzManifest(f *testing.F) {
	data, err := os.ReadFile("testdata/tiny/manifest.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"format": 1, "golden": [{}]}`))
	f.Add([]byte(`{"input": {"scale": 1e999}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := parse(data)
		if err != nil {
			if err.Error() == "" {
				t.Fatal("an error without a word")
			}
			return
		}
		p := &Pack{Manifest: m}
		if p.ID() == "" || m.Input.Size() < 64 || m.Input.Size() > 3<<20 || !(m.Tolerance > 0) {
			t.Fatalf("took %+v", m)
		}
		for _, output := range p.Order() {
			if output < 0 {
				t.Fatalf("took the classes %q", m.Classes)
			}
		}
	})
}

package evaluate

import (
	"strings"
	"testing"
)

// FuzzGroups reads any bytes as a manifest: files in groups of which none is empty, or an error that names the manifest.
func FuzzGroups(f *testing.F) {
	for _, text := range []string{
		"file,split,group\na.png,val,1\nb.png,val,1\nc.png,test,2\n", "\xef\xbb\xbfgroup,file,split\r\n1,a,val\r\n", "file,split\na,val\n", "", "\"", "file,split,group\na,val\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		all, err := parseGroups("m.csv", text, "val")
		if err != nil && (all != nil || !strings.HasPrefix(err.Error(), "m.csv: ")) || err == nil && len(all) == 0 {
			t.Fatalf("%q: %q, %v", text, all, err)
		}
		for _, group := range all {
			if len(group) == 0 {
				t.Fatalf("%q has an empty group", text)
			}
		}
	})
}

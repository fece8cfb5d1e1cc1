package evaluate

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"slices"

	"github.com/maskwarden/maskwarden/textfile"
)

// groups reads the files of a split, by group, in the order of the manifest.
func groups(manifest, split string) ([][]string, error) {
	f, err := textfile.Open(manifest)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	text, err := io.ReadAll(f)
	if err != nil {
		return nil, err
	}
	return parseGroups(manifest, text, split)
}

// parseGroups is groups for a text that was read; its errors name the manifest.
func parseGroups(manifest string, text []byte, split string) ([][]string, error) {
	rows, err := csv.NewReader(bytes.NewReader(textfile.Trim(text))).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", manifest, err)
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("%s: empty, want the columns file, split and group", manifest)
	}
	file, in, group := slices.Index(rows[0], "file"), slices.Index(rows[0], "split"), slices.Index(rows[0], "group")
	if min(file, in, group) < 0 {
		return nil, fmt.Errorf("%s: has the columns %q, want file, split and group", manifest, rows[0])
	}
	var all [][]string
	place := map[string]int{}
	for _, row := range rows[1:] {
		if row[in] != split {
			continue
		}
		at, ok := place[row[group]]
		if !ok {
			at = len(all)
			place[row[group]] = at
			all = append(all, nil)
		}
		all[at] = append(all[at], row[file])
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s: no file of split %q", manifest, split)
	}
	return all, nil
}

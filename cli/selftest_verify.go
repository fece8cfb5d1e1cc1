package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/selftest/htmlreport"
	"github.com/maskwarden/maskwarden/textfile"
)

// maxReport is how large a report may be, in bytes: a report is a page with some pictures.
const maxReport = 64 << 20

func readReport(path string) (page []byte, err error) {
	f, err := textfile.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	page, err = io.ReadAll(io.LimitReader(f, maxReport+1))
	if len(page) > maxReport {
		return nil, fmt.Errorf("%s is larger than %d MB: that is no report", path, maxReport>>20)
	}
	return page, err
}

// verifyReport says whether a report is as a unit signed it, and what it says.
func (c *selftestCmd) verifyReport(stdout io.Writer) error {
	page, err := readReport(c.Verify)
	if err != nil {
		return fail(exitNoInput, "maskwarden selftest --html report.html", fmt.Errorf("--verify: %w", err))
	}
	r, signed, err := htmlreport.Read(page)
	if err != nil {
		return fail(exitTestFailed, "take the file from the unit again", fmt.Errorf("--verify: %s: %w", c.Verify, err))
	}
	key, err := pack.PublicKey(signed.Key)
	if err != nil {
		return fail(exitInternal, "", err)
	}
	if c.UnitKey != "" && c.UnitKey != signed.Key {
		return fail(exitTestFailed, "see which unit the report is from, or whether its key was made again",
			fmt.Errorf("--verify: %s: signed with the key %s, want %s", c.Verify, signed.Key, c.UnitKey))
	}
	fmt.Fprintf(stdout, "%s: unaltered since the key %s signed it\n", c.Verify, pack.ID(key.ID()))
	fmt.Fprintf(stdout, "  %s, %s, device %s, unit %s, model %s, seed %d\n",
		r.Result, r.Time.Format("2006-01-02 15:04:05 MST"), r.Unit.Device, r.Unit.Serial, r.Unit.Model, r.Seed)
	if c.UnitKey == "" {
		_, err = fmt.Fprintf(stdout, "  Whose key that is this cannot tell. If you know the unit by it: --unit-key %s\n", signed.Key)
	}
	return err
}

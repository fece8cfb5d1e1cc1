package atomicfile

import (
	"errors"
	"os"
)

// SyncFolder makes the names in a folder last, for a file that was made there by other means.
func SyncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(writer{(*os.File).Sync}.syncFolder(folder), folder.Close())
}

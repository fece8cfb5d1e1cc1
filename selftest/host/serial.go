package host

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
)

// Serial names the board below root, /: by the number that the maker burned in (device tree, DMI), else by an id made of the
// installation's machine-id, which itself is to be kept (machine-id(5)). It is "unknown" where there is neither.
func Serial(root string) string {
	for _, file := range []string{"sys/firmware/devicetree/base/serial-number", "sys/class/dmi/id/product_serial"} {
		if s := text(filepath.Join(root, file)); s != "" {
			return s
		}
	}
	id := text(filepath.Join(root, "etc/machine-id"))
	if id == "" {
		return "unknown"
	}
	mac := hmac.New(sha256.New, []byte(id))
	mac.Write([]byte("maskwarden self-test")) // never fails
	return "m-" + hex.EncodeToString(mac.Sum(nil)[:6])
}

//go:build tensorflow

package savedmodel

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	tf "github.com/tensorflow/tensorflow/tensorflow/go"
)

// deviceOf names the device that TensorFlow prefers for a session's operations: gpu:0 where the library has CUDA and found a GPU, else cpu.
// Only the CPU was ever tried.
func deviceOf(s *tf.Session) (string, error) {
	devices, err := s.ListDevices()
	if err != nil {
		return "", fmt.Errorf("devices: %w", err)
	}
	if at := slices.IndexFunc(devices, func(d tf.Device) bool { return d.Type == "GPU" }); at >= 0 {
		_, number, _ := strings.Cut(devices[at].Name, "/device:GPU:")
		return "gpu:" + cmp.Or(number, "0"), nil
	}
	return "cpu", nil
}

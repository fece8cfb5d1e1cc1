//go:build !matprofile

package defense_test

const profiled = false

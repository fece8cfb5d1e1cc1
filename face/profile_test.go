//go:build !matprofile

package face_test

const profiled = false

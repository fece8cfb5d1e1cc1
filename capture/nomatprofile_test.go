//go:build !matprofile

package capture_test

func matsLeft() int { return 0 }

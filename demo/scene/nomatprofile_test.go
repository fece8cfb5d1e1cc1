//go:build !matprofile

package scene_test

const profiled = false

func matsLeft() int { return 0 }

package scene_test

import (
	"testing"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/demo/scene"
	"github.com/maskwarden/maskwarden/frame"
)

func BenchmarkRead(b *testing.B) {
	s := &scene.Scene{Portrait: portrait, Fast: true}
	if err := s.Initialize(); err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	f := &frame.Frame{Image: gocv.NewMat()}
	defer f.Image.Close()
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Read(f); err != nil {
			b.Fatal(err)
		}
	}
}

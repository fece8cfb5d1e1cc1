//go:build faults

package daemon

import (
	"image"
	"time"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/frame"
	cameracheck "github.com/maskwarden/maskwarden/selftest/camera"
)

// loseCamera pulls the plug.
func loseCamera(i *Inspection) error {
	view := i.open
	i.open = func(c *config.Camera) (cameracheck.Viewer, error) {
		gone := *c
		gone.Source = "v4l2:///dev/nowhere"
		return view(&gone)
	}
	return nil
}

// altered is a camera whose pictures are altered on their way.
type altered struct {
	cameracheck.Viewer
	alter  func(*frame.Frame)
	frames chan *frame.Frame
	stop   chan struct{}
	done   chan struct{}
}

// alterCamera lets each camera's pictures through what makes an alteration.
func alterCamera(alteration func() func(*frame.Frame)) func(*Inspection) error {
	return func(i *Inspection) error {
		view := i.open
		i.open = func(c *config.Camera) (cameracheck.Viewer, error) {
			v, err := view(c)
			if err != nil {
				return nil, err
			}
			a := &altered{v, alteration(), make(chan *frame.Frame), make(chan struct{}), make(chan struct{})}
			go a.run()
			return a, nil
		}
		return nil
	}
}

func (a *altered) run() {
	defer close(a.done)
	defer close(a.frames)
	for f := range a.Viewer.Frames() {
		a.alter(f)
		select {
		case a.frames <- f:
		case <-a.stop:
			f.Release()
			return
		}
	}
}

func (a *altered) Frames() <-chan *frame.Frame { return a.frames }

func (a *altered) Close() {
	close(a.stop)
	<-a.done
	a.Viewer.Close()
}

func slow() func(*frame.Frame) { return func(*frame.Frame) { time.Sleep(3 * time.Second) } }

func freeze() func(*frame.Frame) {
	var first []byte
	return func(f *frame.Frame) {
		pixels, err := f.Image.DataPtrUint8()
		if err != nil {
			return
		}
		if first == nil {
			first = append(first, pixels...)
		}
		copy(pixels, first)
	}
}

func darken() func(*frame.Frame) {
	return func(f *frame.Frame) { f.Image.ConvertToWithParams(&f.Image, gocv.MatTypeCV8UC3, 0.03, 0) }
}

func blur() func(*frame.Frame) {
	return func(f *frame.Frame) {
		gocv.GaussianBlur(f.Image, &f.Image, image.Point{}, float64(f.Image.Cols())/50, 0, gocv.BorderReflect)
	}
}

// block holds a gray card before the lens.
func block() func(*frame.Frame) {
	return func(f *frame.Frame) { f.Image.SetTo(gocv.NewScalar(90, 90, 90, 0)) }
}

// move turns the camera by two fifths of its picture.
func move() func(*frame.Frame) {
	return func(f *frame.Frame) {
		pixels, err := f.Image.DataPtrUint8()
		if err != nil {
			return
		}
		row := 3 * f.Image.Cols()
		by := 3 * (f.Image.Cols() * 2 / 5)
		old := make([]byte, row)
		for at := 0; at < len(pixels); at += row {
			copy(old, pixels[at:at+row])
			copy(pixels[at:], old[by:])
			copy(pixels[at+row-by:], old[:by])
		}
	}
}

// turn hangs the camera on its head.
func turn() func(*frame.Frame) {
	return func(f *frame.Frame) { gocv.Flip(f.Image, &f.Image, -1) }
}

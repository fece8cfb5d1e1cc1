package camera

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"time"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/selftest"
)

// faceEvery is how few pictures are searched for faces: that takes as long as some pictures last.
const faceEvery = 8

// view is what was seen of a camera while it was watched once. What it keeps of the pictures are sums, unless the report wants the last.
type view struct {
	camera *Camera

	watched bool
	waited  time.Duration // for pictures
	err     error

	opened  time.Duration // until the first picture
	frames  int
	span    time.Duration     // from the first picture to the last
	changes int               // pictures that differ from the one before
	samples []sample          // one a picture
	thumb   thumb             // mean of all pictures
	last    *selftest.Picture // nil unless asked for
	upright [quarters]float64 // scores of faces, by turns of the picture
}

// watch watches the camera, once.
func (v *view) watch(ctx context.Context) error {
	if !v.watched {
		v.watched = true
		from := time.Now()
		v.err = v.measure(ctx)
		v.waited += time.Since(from) // of which take subtracts its work
	}
	return v.err
}

func (v *view) measure(ctx context.Context) (err error) {
	from := time.Now()
	camera, err := v.camera.Open()
	if err != nil {
		return err
	}
	defer camera.Close()
	m := &meter{gray: gocv.NewMat(), small: gocv.NewMat(), shown: gocv.NewMat(), seed: maphash.MakeSeed()}
	defer m.close()
	patience := cmp.Or(v.camera.Patience, DefaultPatience)
	end := time.NewTimer(patience)
	defer end.Stop()
	var first time.Time
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-end.C:
			if v.frames == 0 {
				return fmt.Errorf("no picture within %v", patience)
			}
			return v.finish(m)
		case f, ok := <-camera.Frames():
			if !ok {
				if v.frames == 0 {
					return cmp.Or(camera.Err(), errors.New("the source ended without a picture"))
				}
				return v.finish(m)
			}
			if v.frames == 0 {
				first = f.Time
				v.opened = time.Since(from)
				end.Reset(cmp.Or(v.camera.Watch, DefaultWatch))
			}
			v.span = f.Time.Sub(first)
			err := v.take(m, f)
			f.Release()
			if err != nil {
				return err
			}
		}
	}
}

// takeWaited is how long was waited for pictures since it was last called.
func (v *view) takeWaited() time.Duration {
	waited := v.waited
	v.waited = 0
	return waited
}

// take adds a picture.
func (v *view) take(m *meter, f *frame.Frame) error {
	from := time.Now()
	defer func() { v.waited -= time.Since(from) }()
	changed, s, err := m.measure(f.Image)
	if err != nil {
		return err
	}
	if v.frames > 0 && changed {
		v.changes++
	}
	v.frames++
	v.samples = append(v.samples, s)
	if v.camera.OnFrame != nil && v.frames%faceEvery == 1 {
		v.camera.OnFrame(f)
	}
	if v.camera.Finder != nil && v.frames%faceEvery == 1 && len(m.squares) < mostTurned {
		m.keepTurnable(f.Image)
	}
	if v.camera.Picture { // only shrunk here: to encode every picture would take the time of others
		m.show(f.Image)
	}
	return nil
}

func (v *view) finish(m *meter) (err error) {
	v.thumb = m.thumb()
	if v.camera.Finder != nil {
		if v.upright, err = m.turned(v.camera.Finder); err != nil {
			return err
		}
	}
	if v.camera.Picture {
		if v.last, err = m.picture("what camera " + v.camera.Name + " sees"); err != nil {
			return err
		}
	}
	if v.camera.Remember && v.camera.Live {
		return v.thumb.write(v.camera.Memory)
	}
	return nil
}

// median is that of one measure over all pictures, three significant digits.
func (v *view) median(of func(sample) float64) float64 {
	values := make([]float64, len(v.samples))
	for i, s := range v.samples {
		values[i] = of(s)
	}
	slices.Sort(values)
	return selftest.Rounded(values[len(values)/2])
}

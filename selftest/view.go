package selftest

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
)

// Viewer is a camera that was opened; capture.Camera is one.
type Viewer interface {
	Frames() <-chan *frame.Frame
	Err() error
	Close()
}

// View watches one camera for a while, once, for all the checks of that camera. What it keeps of the pictures are sums, unless Frame
// asks for one.
type View struct {
	Camera   string                 // its name
	Open     func() (Viewer, error) //
	Live     bool                   // no file: its pictures change, and it can move
	FPS      float64                // pictures a second that were asked for; 0: unknown
	For      time.Duration          // how long it is watched; 0: DefaultWatch
	Patience time.Duration          // how long the first picture may take; 0: DefaultPatience
	Memory   string                 // file of the view that is remembered, see CameraMoved
	Remember bool                   // remember this view
	Frame    bool                   // keep the last picture for the report
	Meet     func(*frame.Frame)     // shown a picture now and then, to find faces in; may be nil

	watched bool
	waited  time.Duration // for pictures
	err     error
	look    look
}

// Defaults of View.
const (
	DefaultWatch    = 2 * time.Second
	DefaultPatience = 10 * time.Second
)

// meetEvery is how few pictures are searched for faces: that takes as long as some pictures last.
const meetEvery = 8

// look is what was seen.
type look struct {
	opened  time.Duration // until the first picture
	frames  int
	span    time.Duration // from the first picture to the last
	changes int           // pictures that differ from the one before
	samples []sample      // one a picture
	thumb   thumb         // mean of all pictures
	last    []byte        // PNG; nil unless asked for
}

// watch looks at the camera, once.
func (v *View) watch(ctx context.Context) (*look, error) {
	if !v.watched {
		v.watched = true
		from := time.Now()
		v.err = v.measure(ctx)
		v.waited += time.Since(from) // of which take counts what it takes off
	}
	return &v.look, v.err
}

func (v *View) measure(ctx context.Context) (err error) {
	from := time.Now()
	camera, err := v.Open()
	if err != nil {
		return err
	}
	defer camera.Close()
	m := &meter{gray: gocv.NewMat(), small: gocv.NewMat(), shown: gocv.NewMat(), seed: maphash.MakeSeed()}
	defer func() { err = errors.Join(err, m.gray.Close(), m.small.Close(), m.shown.Close()) }()
	patience := cmp.Or(v.Patience, DefaultPatience)
	end := time.NewTimer(patience)
	defer end.Stop()
	var first time.Time
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-end.C:
			if v.look.frames == 0 {
				return fmt.Errorf("no picture within %v", patience)
			}
			return v.finish(m)
		case f, ok := <-camera.Frames():
			if !ok {
				if v.look.frames == 0 {
					return cmp.Or(camera.Err(), errors.New("the source ended without a picture"))
				}
				return v.finish(m)
			}
			if v.look.frames == 0 {
				first = f.Time
				v.look.opened = time.Since(from)
				end.Reset(cmp.Or(v.For, DefaultWatch))
			}
			v.look.span = f.Time.Sub(first)
			err := v.take(m, f)
			f.Release()
			if err != nil {
				return err
			}
		}
	}
}

// Waited is how long was waited for pictures since it was last asked.
func (v *View) Waited() time.Duration {
	waited := v.waited
	v.waited = 0
	return waited
}

// take adds a picture.
func (v *View) take(m *meter, f *frame.Frame) error {
	from := time.Now()
	defer func() { v.waited -= time.Since(from) }()
	changed, s, err := m.measure(f.Image)
	if err != nil {
		return err
	}
	if v.look.frames > 0 && changed {
		v.look.changes++
	}
	v.look.frames++
	v.look.samples = append(v.look.samples, s)
	if v.Meet != nil && v.look.frames%meetEvery == 1 {
		v.Meet(f)
	}
	if v.Frame { // only shrunk here: to encode every picture would take the time of others
		m.show(f.Image)
	}
	return nil
}

func (v *View) finish(m *meter) (err error) {
	v.look.thumb = m.thumb()
	if v.Frame {
		if v.look.last, err = m.picture(); err != nil {
			return err
		}
	}
	if v.Remember && v.Live {
		return v.look.thumb.write(v.Memory)
	}
	return nil
}

// median of one measure over all pictures.
func (l *look) median(of func(sample) float64) float64 {
	values := make([]float64, len(l.samples))
	for i, s := range l.samples {
		values[i] = of(s)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// graded judges the median of one measure of the camera's pictures: below least it fails, below wanted it warns. r holds the unit, what
// was measured, and the hint for when it does not pass.
func (v *View) graded(ctx context.Context, of func(sample) float64, least, wanted float64, r Result) Result {
	look, err := v.watch(ctx)
	if err != nil {
		return unseen()
	}
	r.Value, r.Limit = rounded(look.median(of)), least
	switch {
	case r.Value < least:
		r.Result = Fail
	case r.Value < wanted:
		r.Result, r.Limit = Warn, wanted
	default:
		r.Result, r.Hint = Pass, ""
	}
	return r
}

// name is a check's name for this camera.
func (v *View) name(check string) string { return check + ":" + v.Camera }

// unseen is the result of a check that needs pictures where there are none.
func unseen() Result { return skip("the camera gives no picture: see camera_opens") }

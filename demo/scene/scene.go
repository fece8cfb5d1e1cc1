// Package scene renders a moving scene of people with and without masks, and knows the truth of each frame.
package scene

import (
	"errors"
	"fmt"
	"image"
	"math"
	"time"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/frame"
)

// Scene is a synthetic camera: people cut out of one real portrait move before a drawn corridor, and masks are drawn
// onto their faces, correctly, incorrectly or not at all, and change. Frame n is the same for the same fields, on
// whatever day it is read. The zero value of each field but Portrait stands for its default.
type Scene struct {
	Portrait string        // file; share/maskwarden/astronaut.png unless Landmarks say otherwise
	Width    int           // pixels, 160 to 3840; default 960
	Height   int           // pixels, 120 to 2160; default 540
	FPS      float64       // 1 to 120, default 15
	Fast     bool          // give frames as fast as they are read, instead of FPS a second
	Seed     uint64        // another seed, other people's ways
	Every    time.Duration // between one person's changes of mask; 2s to 1h, default 4s
	People   int           // 1 to 3, default 2

	Landmarks [5]frame.Point // of the portrait's face, as frame.Face has them; default: the astronaut's
	Outline   []image.Point  // around the person in the portrait; none: the whole portrait. Used with Landmarks only

	cast     []*person
	backdrop gocv.Mat
	canvas   gocv.Mat
	sensor   *sensor
	next     uint64 // number of the next frame
	due      time.Time
}

// Initialize draws all that does not move. It fails on a field out of range and on a missing portrait.
func (s *Scene) Initialize() error {
	s.setDefaults()
	if err := s.check(); err != nil {
		return fmt.Errorf("synthetic camera: %w", err)
	}
	portrait, err := loadPortrait(s.Portrait)
	if err != nil {
		return fmt.Errorf("synthetic camera: %w", err)
	}
	defer portrait.Close()
	s.next, s.due = 0, time.Time{}
	s.cast = nil
	s.backdrop = newBackdrop(s.Width, s.Height)
	s.canvas = gocv.NewMatWithSize(s.Height, s.Width, gocv.MatTypeCV8UC3)
	if s.sensor, err = newSensor(s.Seed, s.Width, s.Height); err != nil {
		return errors.Join(fmt.Errorf("synthetic camera: %w", err), s.Close())
	}
	for i := range s.People {
		p, err := s.newPerson(portrait, i)
		if err != nil {
			return errors.Join(fmt.Errorf("synthetic camera: %w", err), s.Close())
		}
		s.cast = append(s.cast, p)
	}
	return nil
}

func (s *Scene) setDefaults() {
	if s.Width == 0 {
		s.Width = 960
	}
	if s.Height == 0 {
		s.Height = 540
	}
	if s.FPS == 0 {
		s.FPS = 15
	}
	if s.Every == 0 {
		s.Every = 4 * time.Second
	}
	if s.People == 0 {
		s.People = 2
	}
}

func (s *Scene) check() error {
	switch {
	case s.Width < 160 || s.Width > 3840:
		return fmt.Errorf("width %d: want 160 to 3840", s.Width)
	case s.Height < 120 || s.Height > 2160:
		return fmt.Errorf("height %d: want 120 to 2160", s.Height)
	case !(s.FPS >= 1 && s.FPS <= 120):
		return fmt.Errorf("fps %v: want 1 to 120", s.FPS)
	case s.Every < 2*time.Second || s.Every > time.Hour:
		return fmt.Errorf("every %v: want 2s to 1h", s.Every)
	case s.People < 1 || s.People > 3:
		return fmt.Errorf("people %d: want 1 to 3", s.People)
	}
	return nil
}

// Read waits until the next frame is due and writes it to f.Image, and to f.Truth one entry for each person at least
// half of whose face is in the picture: the face's box, cut at the picture's edge, and the label, which is Unknown
// while the mask changes or the box is cut. The scene goes on by one frame a call, however late the call is.
// It must not run at the same time as Close.
func (s *Scene) Read(f *frame.Frame) error {
	if s.sensor == nil {
		return errors.New("synthetic camera: read before it was initialized or after it was closed")
	}
	if !s.Fast {
		s.pace()
	}
	start := time.Now() // after the wait, which is no work
	t := float64(s.next) / s.FPS
	size := image.Pt(s.Width, s.Height)
	pan := s.pan(t)
	seen := s.backdrop.Region(image.Rectangle{Min: pan, Max: pan.Add(size)})
	seen.CopyTo(&s.canvas)
	if err := seen.Close(); err != nil {
		return fmt.Errorf("synthetic camera: %w", err)
	}
	canvas, err := s.canvas.DataPtrUint8()
	if err != nil {
		return fmt.Errorf("synthetic camera: %w", err)
	}
	f.Truth = f.Truth[:0]
	for _, p := range s.cast {
		m := p.schedule.at(t)
		p.apply(m)
		at := p.pose(t, m.away)
		at.x -= float64(pan.X - margin(s.Height))
		at.y -= float64(pan.Y - margin(s.Height))
		box, whole, half := p.draw(canvas, size, at)
		if !whole {
			m.label = frame.Unknown
		}
		if half {
			f.Truth = append(f.Truth, frame.Truth{Box: box, Label: m.label})
		}
	}
	if err := s.sensor.expose(s.canvas, s.next, t, &f.Image); err != nil {
		return fmt.Errorf("synthetic camera: %w", err)
	}
	s.next++
	f.Took[frame.Decode] = time.Since(start)
	return nil
}

// pace sleeps until the next frame is due. After a late call it starts again and does not catch up.
func (s *Scene) pace() {
	now := time.Now()
	if wait := s.due.Sub(now); wait > 0 {
		time.Sleep(wait)
		now = s.due
	}
	s.due = now.Add(time.Duration(float64(time.Second) / s.FPS))
}

// pan is the upper left corner of what the camera sees of the backdrop at t seconds: a slow drift and a shaking hand.
func (s *Scene) pan(t float64) image.Point {
	m := float64(margin(s.Height))
	phase := uniform(0, 2*math.Pi, s.Seed, 15)
	x := 0.7*math.Sin(2*math.Pi*t/13+phase) + 0.12*math.Sin(2*math.Pi*t/0.83) + 0.06*math.Sin(2*math.Pi*t/0.31)
	y := 0.5*math.Sin(2*math.Pi*t/19+phase) + 0.10*math.Sin(2*math.Pi*t/0.71+1) + 0.06*math.Sin(2*math.Pi*t/0.37)
	return image.Pt(int(math.Round(m+m*x)), int(math.Round(m+m*y)))
}

// Close frees all pixels. Initialize may follow.
func (s *Scene) Close() error {
	if s.sensor == nil {
		return nil
	}
	for _, p := range s.cast {
		p.close()
	}
	s.sensor.close()
	s.cast, s.sensor = nil, nil
	return errors.Join(s.backdrop.Close(), s.canvas.Close())
}

// Package frame holds a picture and its faces on their way from camera to report.
package frame

import (
	"time"

	"gocv.io/x/gocv"
)

// Stage is a step of the pipeline whose time is taken.
type Stage uint8

// Stages in the order in which a frame passes them.
const (
	Decode Stage = iota
	Detect
	Track
	Smooth // crop and spatial smoothing
	Classify
	Vote
	Check     // masked views of a face whose decision is due
	NumStages = int(iota)
)

// String returns the stage's name as it stands in bench output and metrics.
func (s Stage) String() string {
	return [...]string{"decode", "detect", "track", "smooth", "classify", "vote", "check"}[s]
}

// Truth is what a synthetic or labeled source knows of a person in the picture.
type Truth struct {
	Box   Box
	Label Label
}

// Frame is one picture on its way. The goroutine that holds it owns it, until it gives it back with Release.
type Frame struct {
	Camera string    // the camera's name in the configuration
	Seq    uint64    // counts the camera's frames from 1, dropped ones included
	Time   time.Time // when the picture was taken; carries the monotonic clock
	Image  gocv.Mat  // BGR, 8 bits, height x width x 3
	Faces  []Face    // filled by the pipeline; its capacity is kept between uses
	Truth  []Truth   // only from sources that know it

	Detected bool // the face detector ran on this frame
	Took     [NumStages]time.Duration

	pool *Pool
}

// Release gives the frame back to its pool. The frame must not be used afterwards.
func (f *Frame) Release() {
	if f.pool != nil {
		f.pool.put(f)
	}
}

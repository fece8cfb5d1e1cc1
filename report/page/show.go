package page

import (
	"image"
	"sync"
	"time"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/report/overlay"
)

const (
	interval  = 90 * time.Millisecond // between pictures of a camera: 10 a second of 30 frames
	maxWidth  = 960                   // pixels
	maxHeight = 1280                  // pixels
	quality   = 80                    // of the JPEG, 0 to 100
	textScale = 1.6                   // a phone shows the picture at a third of its size
)

// Show takes a processed frame with its faces. It notes the stage times and, when somebody watches this camera and the last
// picture is out, copies a small picture for the encoder; it never waits for one.
func (s *Server) Show(f *frame.Frame) {
	v := s.view(f.Camera)
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed || v == nil {
		return
	}
	v.note(f)
	if v.watchers.Load() == 0 || f.Image.Empty() || f.Image.Type() != gocv.MatTypeCV8UC3 || !v.due(time.Now()) {
		return
	}
	if !v.busy.CompareAndSwap(false, true) {
		return
	}
	v.copy(f)
	s.encoder.offer(v)
}

// view returns the camera's view, a new one at its first frame.
func (s *Server) view(camera string) *view {
	s.mu.RLock()
	v := s.views[camera]
	s.mu.RUnlock()
	if v != nil {
		return v
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if v = s.views[camera]; v == nil && !s.closed && s.views != nil {
		v = newView()
		s.views[camera] = v
	}
	return v
}

// copy takes over picture and faces, no larger than maxWidth and maxHeight.
func (v *view) copy(f *frame.Frame) {
	v.faces = append(v.faces[:0], f.Faces...)
	width, height := float32(f.Image.Cols()), float32(f.Image.Rows())
	scale := min(maxWidth/width, maxHeight/height)
	if scale >= 1 {
		f.Image.CopyTo(&v.image)
		return
	}
	size := image.Pt(max(1, int(scale*width+0.5)), max(1, int(scale*height+0.5)))
	gocv.Resize(f.Image, &v.image, size, 0, 0, gocv.InterpolationLinear) // area would hold the pipeline up for longer
	for i := range v.faces {
		b := &v.faces[i].Box
		b.X0, b.Y0, b.X1, b.Y1 = b.X0*scale, b.Y0*scale, b.X1*scale, b.Y1*scale
	}
}

// encoder draws and encodes in a goroutine of its own, one picture after the other.
type encoder struct {
	work chan *view
	pool sync.Pool
}

func (e *encoder) init() { e.work = make(chan *view, 16) }

// offer hands a busy view over, or frees it when the encoder cannot keep up.
func (e *encoder) offer(v *view) {
	select {
	case e.work <- v:
	default:
		v.busy.Store(false)
	}
}

func (e *encoder) run(done <-chan struct{}) {
	for {
		select {
		case <-done:
			return
		case v := <-e.work:
			e.encode(v)
			v.busy.Store(false)
		}
	}
}

func (e *encoder) encode(v *view) {
	overlay.DrawScaled(&v.image, v.faces, textScale)
	buf, err := gocv.IMEncodeWithParams(gocv.JPEGFileExt, v.image, []int{gocv.IMWriteJpegQuality, quality})
	if err != nil {
		return // gocv 0.31 always gives nil
	}
	defer buf.Close()
	if jpeg := buf.GetBytes(); len(jpeg) > 0 {
		v.publish(newPicture(&e.pool, jpeg))
	}
}

package page

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/maskwarden/maskwarden/report"
)

const (
	boundary    = "maskwarden-picture"
	stillPeriod = 5 * time.Second // in which a camera that works gives a picture
)

// camera answers /camera/NAME.jpg with the next picture and /camera/NAME.mjpeg with all of them.
func (s *Server) camera(w http.ResponseWriter, r *http.Request) {
	file := r.PathValue("file")
	name, still := strings.CutSuffix(file, ".jpg")
	stream := false
	if !still {
		name, stream = strings.CutSuffix(file, ".mjpeg")
	}
	cameras := s.State().Cameras
	known := slices.ContainsFunc(cameras, func(c report.Camera) bool { return c.Name == name })
	if !known || !still && !stream {
		http.Error(w, fmt.Sprintf("no picture %q: there are %s", report.Clean(file, report.MaxText), pictures(cameras)), http.StatusNotFound)
		return
	}
	if !s.take(w, r) {
		return
	}
	defer s.release(r)
	v := s.view(name)
	if v == nil {
		http.Error(w, "shutting down", http.StatusServiceUnavailable)
		return
	}
	wake := v.watch()
	defer v.leave(wake)
	if still {
		s.still(w, r, name, v, wake)
	} else {
		s.stream(w, r, v, wake)
	}
}

func pictures(cameras []report.Camera) string {
	if len(cameras) == 0 {
		return "no cameras"
	}
	var all []string
	for _, c := range cameras {
		all = append(all, fmt.Sprintf("%q and %q", c.Name+".jpg", c.Name+".mjpeg"))
	}
	return strings.Join(all, ", ")
}

func (s *Server) still(w http.ResponseWriter, r *http.Request, name string, v *view, wake <-chan struct{}) {
	timeout := time.NewTimer(stillPeriod)
	defer timeout.Stop()
	select {
	case <-wake:
	case <-timeout.C:
		message := fmt.Sprintf("camera %q: no picture within %v", name, stillPeriod)
		http.Error(w, message, http.StatusServiceUnavailable)
		return
	case <-s.done:
		http.Error(w, "shutting down", http.StatusServiceUnavailable)
		return
	case <-r.Context().Done():
		return
	}
	p := v.take(0)
	defer p.release()
	w.Header().Set("Content-Type", "image/jpeg")
	w.Header().Set("Content-Length", fmt.Sprint(len(p.jpeg)))
	_, _ = w.Write(p.jpeg)
}

// stream sends one JPEG a part (RFC 2046, multipart/x-mixed-replace) until the client leaves, is too slow, or Close.
func (s *Server) stream(w http.ResponseWriter, r *http.Request, v *view, wake <-chan struct{}) {
	w.Header().Set("Content-Type", "multipart/x-mixed-replace; boundary="+boundary)
	out := http.NewResponseController(w)
	if _, err := fmt.Fprintf(w, "--%s\r\n", boundary); err != nil {
		return
	}
	if out.Flush() != nil {
		return
	}
	for seq := uint64(0); ; {
		if p := v.take(seq); p != nil { // nil also when a signal came for a picture that was taken already
			seq = p.seq
			if part(w, out, p) != nil {
				return
			}
		}
		select {
		case <-wake:
		case <-s.done:
			return
		case <-r.Context().Done():
			return
		}
	}
}

// part sends a picture and lets go of it. The boundary follows at once: browsers show a part when it has ended.
func part(w http.ResponseWriter, out *http.ResponseController, p *picture) error {
	defer p.release()
	if err := out.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "Content-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n", len(p.jpeg)); err != nil {
		return err
	}
	if _, err := w.Write(p.jpeg); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "\r\n--%s\r\n", boundary); err != nil {
		return err
	}
	return out.Flush()
}

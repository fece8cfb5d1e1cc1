package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/maskwarden/maskwarden/frame"
)

// families are the metrics with a camera label that frames and decisions feed.
type families struct {
	frames, faces, decisions *prometheus.CounterVec
	defended                 defended
	stages                   *prometheus.HistogramVec
	last                     *prometheus.GaugeVec
}

func newFamilies() families {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(
			prometheus.CounterOpts{Name: "maskwarden_" + name, Help: help}, append([]string{"camera"}, labels...))
	}
	return families{
		frames:    counter("frames_total", "Frames processed."),
		faces:     counter("faces_total", "Faces found by the detector, by whether they could be classified.", "quality"),
		decisions: counter("decisions_total", "Decisions about people.", "label"),
		stages: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "maskwarden_stage_duration_seconds",
			Help:    "Time that a frame spent in a stage; stages that a frame skipped are not counted.",
			Buckets: []float64{.00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1},
		}, []string{"camera", "stage"}),
		defended: newDefended(counter),
		last: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "maskwarden_last_frame_timestamp_seconds",
			Help: "When the last processed frame was taken, in Unix time; 0 before the first.",
		}, []string{"camera"}),
	}
}

func (f *families) collectors() []prometheus.Collector {
	return append([]prometheus.Collector{f.frames, f.faces, f.decisions, f.stages, f.last}, f.defended.collectors()...)
}

// camera is one camera's part of the families.
type camera struct {
	frames    prometheus.Counter
	faces     [frame.NumQualities]prometheus.Counter // by quality
	decisions [frame.None + 1]prometheus.Counter     // by label
	stages    [frame.NumStages]prometheus.Observer
	last      prometheus.Gauge
	defended  defendedCamera
}

func (f *families) camera(name string) *camera {
	c := &camera{
		frames: f.frames.WithLabelValues(name),
		last:   f.last.WithLabelValues(name),

		defended: f.defended.camera(name),
	}
	for i := range c.faces {
		c.faces[i] = f.faces.WithLabelValues(name, frame.Quality(i).String())
	}
	for i := range c.decisions {
		c.decisions[i] = f.decisions.WithLabelValues(name, frame.Label(i).String())
	}
	for i := range c.stages {
		c.stages[i] = f.stages.WithLabelValues(name, frame.Stage(i).String())
	}
	return c
}

func (c *camera) observe(f *frame.Frame) {
	c.frames.Inc()
	for i := range f.Faces {
		if face := &f.Faces[i]; face.Fresh && int(face.Quality) < len(c.faces) {
			c.faces[face.Quality].Inc()
		}
	}
	c.last.Set(float64(f.Time.UnixNano()) / float64(time.Second))
	for i, took := range f.Took {
		if took > 0 {
			c.stages[i].Observe(took.Seconds())
		}
	}
}

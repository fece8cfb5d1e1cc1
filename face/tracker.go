package face

import (
	"fmt"
	"time"

	"github.com/maskwarden/maskwarden/frame"
)

// Defaults of Tracker.
const (
	DefaultMinIoU    = 0.3
	DefaultMaxMissed = 5
	DefaultMinHits   = 2
	DefaultMaxUnseen = 3 * time.Second
)

// Tracker gives each person in one camera's frames one number: SORT (Bewley et al. 2016, arXiv:1602.00763), with time
// instead of frames as its clock, so that a dropped frame does no harm. A field that is 0 takes its default in Initialize,
// which must be called first.
type Tracker struct {
	MinIoU    float32       // least overlap of a person's predicted and detected box, above 0 and below 1
	MaxMissed int           // detector runs in a row in which a person may be missed
	MinHits   int           // detector runs in which a person must be seen before being given a number
	MaxUnseen time.Duration // a person not detected for longer is a new one, however few frames there were

	tracks []track
	last   uint64 // number given last
	at     time.Time
	costs  []float32
	assign assigner
	taken  []bool // by face: it belongs to a track
	ended  []uint64
}

// track is one person, or what may become one.
type track struct {
	id     uint64 // 0 until seen often enough
	motion motion
	hits   int
	missed int
	seen   time.Time // by the detector
	face   frame.Face
}

// Initialize checks the fields and fills in the defaults.
func (t *Tracker) Initialize() error {
	if t.MinIoU == 0 {
		t.MinIoU = DefaultMinIoU
	}
	if t.MaxMissed == 0 {
		t.MaxMissed = DefaultMaxMissed
	}
	if t.MinHits == 0 {
		t.MinHits = DefaultMinHits
	}
	if t.MaxUnseen == 0 {
		t.MaxUnseen = DefaultMaxUnseen
	}
	if !(t.MinIoU > 0 && t.MinIoU < 1) || t.MaxMissed < 0 || t.MinHits < 1 || t.MaxUnseen < 0 {
		return fmt.Errorf("face tracker: min IoU %v, max missed %d, min hits %d, max unseen %v: "+
			"want an IoU above 0 and below 1, at least one hit, and nothing below 0", t.MinIoU, t.MaxMissed, t.MinHits, t.MaxUnseen)
	}
	return nil
}

// Update takes the faces that the detector found in the frame taken at the given time, or none with detected false where
// the detector did not run. It sets Track of those that belong to a person and appends the people whom the detector did
// not see, where they should be by now, not Fresh. It returns the same slice, grown.
func (t *Tracker) Update(faces []frame.Face, detected bool, at time.Time) []frame.Face {
	t.ended = t.ended[:0]
	t.drop(func(tr *track) bool { return at.Sub(tr.seen) > t.MaxUnseen })
	t.predict(at)
	if !detected {
		faces = faces[:0]
	}
	t.taken = zeroed(t.taken, len(faces))
	if detected {
		t.match(faces, at)
	}
	// What was seen once or so and then not again was most likely no face.
	t.drop(func(tr *track) bool { return tr.missed > t.MaxMissed || tr.id == 0 && tr.missed > 0 })
	found := len(faces)
	for i := range t.tracks {
		if tr := &t.tracks[i]; tr.id > 0 && (!detected || tr.missed > 0) {
			faces = append(faces, tr.carried())
		}
	}
	for i := range found {
		if !t.taken[i] {
			faces[i].Track = t.begin(faces[i], at)
		}
	}
	return faces
}

// Remember keeps the quality and the probabilities that the fresh faces got after Update, for the frames in which they are carried.
func (t *Tracker) Remember(faces []frame.Face) {
	for i := range faces {
		f := &faces[i]
		if f.Track == 0 || !f.Fresh {
			continue
		}
		for k := range t.tracks {
			if tr := &t.tracks[k]; tr.id == f.Track {
				tr.face.Quality, tr.face.Probs = f.Quality, f.Probs
				break
			}
		}
	}
}

// Ended returns the numbers of the people who were given up in the last Update. The slice is reused.
func (t *Tracker) Ended() []uint64 { return t.ended }

func (t *Tracker) predict(at time.Time) {
	dt := max(0, at.Sub(t.at).Seconds()) // a clock that was set back stops the motion
	t.at = at
	for i := range t.tracks {
		t.tracks[i].motion.predict(dt)
	}
}

// match finds the assignment of faces to tracks with the largest sum of overlaps, and takes those in.
func (t *Tracker) match(faces []frame.Face, at time.Time) {
	for i := range t.tracks {
		t.tracks[i].missed++
	}
	rows, cols := len(t.tracks), len(faces)
	swapped := rows > cols
	if swapped {
		rows, cols = cols, rows
	}
	t.costs = zeroed(t.costs, rows*cols)
	for i := range t.tracks {
		box := t.tracks[i].motion.box()
		for j := range faces {
			if iou := box.IoU(faces[j].Box); iou >= t.MinIoU { // less is worth no more than no match at all
				t.costs[t.cell(i, j, cols, swapped)] = -iou
			}
		}
	}
	for row, col := range t.assign.solve(t.costs, rows, cols) {
		if t.costs[row*cols+col] == 0 {
			continue
		}
		if swapped {
			row, col = col, row
		}
		faces[col].Track = t.hit(&t.tracks[row], faces[col], at)
		t.taken[col] = true
	}
}

func (t *Tracker) cell(track, face, cols int, swapped bool) int {
	if swapped {
		return face*cols + track
	}
	return track*cols + face
}

func (t *Tracker) hit(tr *track, f frame.Face, at time.Time) uint64 {
	tr.motion.update(f.Box)
	tr.face, tr.seen, tr.missed = f, at, 0
	tr.hits++
	if tr.id == 0 && tr.hits >= t.MinHits {
		t.last++
		tr.id = t.last
	}
	return tr.id
}

func (t *Tracker) begin(f frame.Face, at time.Time) uint64 {
	if !(f.Box.Area() > 0) {
		return 0
	}
	t.tracks = append(t.tracks, track{motion: newMotion(f.Box)})
	return t.hit(&t.tracks[len(t.tracks)-1], f, at)
}

// drop removes the tracks for which gone says so.
func (t *Tracker) drop(gone func(*track) bool) {
	kept := t.tracks[:0]
	for i := range t.tracks {
		tr := &t.tracks[i]
		if !gone(tr) {
			kept = append(kept, *tr)
		} else if tr.id > 0 {
			t.ended = append(t.ended, tr.id)
		}
	}
	t.tracks = kept
}

// carried returns the face as last detected and remembered, moved to where it should be by now.
func (tr *track) carried() frame.Face {
	f := frame.Face{Box: tr.motion.box(), Score: tr.face.Score, Track: tr.id, Quality: tr.face.Quality, Probs: tr.face.Probs}
	from, to := tr.face.Box.Center(), f.Box.Center()
	sx, sy := f.Box.Width()/tr.face.Box.Width(), f.Box.Height()/tr.face.Box.Height()
	for i, p := range tr.face.Landmarks {
		f.Landmarks[i] = frame.Point{X: to.X + (p.X-from.X)*sx, Y: to.Y + (p.Y-from.Y)*sy}
	}
	return f
}

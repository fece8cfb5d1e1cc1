package evaluate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/pipeline"
	"github.com/maskwarden/maskwarden/textfile"
)

// matchIoU is how far a found box must overlap an annotated one.
const matchIoU = 0.35

// sizes are the lower bounds of the face sizes counted separately, in pixels of the shorter side, each with its name.
func sizes() []struct {
	from float32
	name string
} {
	return []struct {
		from float32
		name string
	}{{64, ">=64"}, {32, "32-63"}, {16, "16-31"}, {0, "<16"}}
}

// Count says how many faces there were, were found, and were found and labeled right.
type Count struct {
	Faces    int     `json:"faces"`
	Found    int     `json:"found"`
	Right    int     `json:"right"`
	Recall   float64 `json:"recall"`     // found / faces
	EndToEnd float64 `json:"end_to_end"` // right / faces
}

// Scenes is how well faces are found and classified in whole pictures; stable, scripts read it.
type Scenes struct {
	Pictures    int                         `json:"pictures"`
	Skipped     []string                    `json:"skipped"`
	All         Count                       `json:"all"`
	ByLabel     map[string]Count            `json:"by_label"`
	BySize      map[string]Count            `json:"by_size"`
	ByLabelSize map[string]map[string]Count `json:"by_label_and_size"`
	FalseAlarms float64                     `json:"false_alarms_per_picture"` // found boxes that match no annotated face
	Model       string                      `json:"model"`
}

type annotation struct {
	File  string `json:"file"`
	Faces []struct {
		Box   [4]float32 `json:"box"` // xmin, ymin, xmax, ymax
		Label string     `json:"label"`
	} `json:"faces"`
}

// RunScenes finds and classifies the faces in the pictures that dir/annotations.json names.
func RunScenes(ctx context.Context, p *pipeline.Pipeline, dir string) (*Scenes, error) {
	path := filepath.Join(dir, "annotations.json")
	file, err := textfile.Open(path)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(file)
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	data = textfile.Trim(data)
	var list []annotation
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	r := &Scenes{Skipped: []string{}, ByLabel: map[string]Count{}, BySize: map[string]Count{},
		ByLabelSize: map[string]map[string]Count{}, Model: p.Engine.Pack.ID()}
	alarms := 0
	f := &frame.Frame{}
	var in reader
	defer in.close()
	for _, a := range list {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var err error
		if f.Image, err = in.read(filepath.Join(dir, a.File)); err != nil {
			r.Skipped = append(r.Skipped, a.File+": "+err.Error())
			_ = f.Image.Close()
			continue
		}
		err = p.Classify(f)
		_ = f.Image.Close()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", a.File, err)
		}
		r.Pictures++
		n, err := r.score(&a, f.Faces)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", path, a.File, err)
		}
		alarms += n
	}
	if r.Pictures == 0 {
		return nil, fmt.Errorf("%s names no picture that can be read", path)
	}
	r.FalseAlarms = float64(alarms) / float64(r.Pictures)
	return r, nil
}

// score matches the faces of one picture, best score first, and returns how many found boxes match none.
func (r *Scenes) score(a *annotation, found []frame.Face) (alarms int, err error) {
	match := make([]int, len(a.Faces)) // 1 + place in found
	for i := range found {
		best, at := float32(matchIoU), -1
		for k := range a.Faces {
			b := a.Faces[k].Box
			iou := found[i].Box.IoU(frame.Box{X0: b[0], Y0: b[1], X1: b[2], Y1: b[3]})
			if match[k] == 0 && iou >= best {
				best, at = iou, k
			}
		}
		if at < 0 {
			alarms++
			continue
		}
		match[at] = i + 1
	}
	for k := range a.Faces {
		face := &a.Faces[k]
		label, err := frame.ParseLabel(face.Label)
		if err != nil {
			return 0, fmt.Errorf("faces[%d]: %w", k, err)
		}
		right := match[k] > 0 && found[match[k]-1].Label == label
		size := sizeName(min(face.Box[2]-face.Box[0], face.Box[3]-face.Box[1]))
		r.All = r.All.plus(match[k] > 0, right)
		r.ByLabel[face.Label] = r.ByLabel[face.Label].plus(match[k] > 0, right)
		r.BySize[size] = r.BySize[size].plus(match[k] > 0, right)
		if r.ByLabelSize[face.Label] == nil {
			r.ByLabelSize[face.Label] = map[string]Count{}
		}
		r.ByLabelSize[face.Label][size] = r.ByLabelSize[face.Label][size].plus(match[k] > 0, right)
	}
	return alarms, nil
}

func (c Count) plus(found, right bool) Count {
	c.Faces++
	if found {
		c.Found++
	}
	if right {
		c.Right++
	}
	c.Recall = float64(c.Found) / float64(c.Faces)
	c.EndToEnd = float64(c.Right) / float64(c.Faces)
	return c
}

func sizeName(pixels float32) string {
	for _, s := range sizes() {
		if pixels >= s.from {
			return s.name
		}
	}
	return ""
}

// sizeNames are the names of the face sizes counted separately, in pixels of the shorter side, largest first.
func sizeNames() (names []string) {
	for _, s := range sizes() {
		names = append(names, s.name)
	}
	return names
}

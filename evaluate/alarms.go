package evaluate

import (
	"context"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"time"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/decision"
	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/pipeline"
)

// Alarms is how often people who mean no harm raise an alarm on a camera that classifies one face a second all day: simulated
// days through the voter and its rules, as the daemon has them. Stable, scripts read it.
type Alarms struct {
	Split     string             `json:"split"`
	Images    int                `json:"images"`
	People    int                `json:"people"`        // groups of images that may show one person
	Certified float64            `json:"certified"`     // share of the images with a guarantee for the label
	Never     float64            `json:"never_correct"` // share of the images that no patch can turn to correct; needs defense.certify: recovery
	Suspected map[string]float64 `json:"suspected"`     // share of the images by suspicion
	Days      int                `json:"days"`
	Visits    int                `json:"visits_per_day"`
	PerDay    map[string]float64 `json:"alarms_per_day"`       // by alarm; each second of a visit shows another image of the person
	Frozen    map[string]float64 `json:"alarms_per_day_still"` // the same where a visit shows one image all the time
	Model     string             `json:"model"`
}

// Simulated people: each stands before the camera for so many frames, one a second.
const (
	visit = 10
	day   = 24 * 60 * 60
	days  = 30
)

// answer is what classifier and certified check say of one image.
type answer struct {
	probs frame.Probabilities
	proof frame.Proof
}

// RunAlarms classifies and certifies the images of a split that dir/manifest.csv lists (columns file, split and group) and lets them pass by.
// The attack rule is about one person again and again, so the images are drawn by group: people whose images are suspicious
// stay suspicious.
func RunAlarms(ctx context.Context, p *pipeline.Pipeline, dir, split string) (*Alarms, error) {
	if p.Engine.Checker == nil {
		return nil, errors.New("defense.certify is off: there is nothing to measure")
	}
	files, err := groups(filepath.Join(dir, "manifest.csv"), split)
	if err != nil {
		return nil, err
	}
	r := &Alarms{Split: split, Suspected: map[string]float64{}, Days: days, Visits: day / visit, Model: p.Engine.Pack.ID()}
	var in reader
	defer in.close()
	var people [][]answer
	for _, group := range files {
		var answers []answer
		for _, file := range group {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			a, err := certify(p, &in, filepath.Join(dir, file))
			if err != nil {
				return nil, err
			}
			answers = append(answers, a)
			r.add(&a.proof)
		}
		people = append(people, answers)
	}
	r.People = len(people)
	r.Certified /= float64(r.Images)
	r.Never /= float64(r.Images)
	for why := range r.Suspected {
		r.Suspected[why] /= float64(r.Images)
	}
	r.PerDay, r.Frozen = simulate(p.Engine.NewVoter(), people, false), simulate(p.Engine.NewVoter(), people, true)
	return r, nil
}

func (r *Alarms) add(p *frame.Proof) {
	r.Images++
	if p.Certified != frame.Unproved {
		r.Certified++
	}
	if p.NeverCorrect {
		r.Never++
	}
	for _, why := range p.Suspicion.Names() {
		r.Suspected[why]++
	}
}

func certify(p *pipeline.Pipeline, in *reader, file string) (a answer, err error) {
	err = in.with(file, func(img gocv.Mat) (err error) {
		a.probs, a.proof, err = p.CertifyFace(img, nil)
		return err
	})
	return a, err
}

// simulate lets people pass for some days, and returns the alarms a day.
func simulate(v *decision.Voter, people [][]answer, still bool) map[string]float64 {
	rng := rand.New(rand.NewPCG(1, 2))
	v.Initialize()
	perDay := map[string]float64{decision.Attack.String(): 0, decision.Probing.String(): 0}
	f := &frame.Frame{Time: time.Unix(0, 0), Faces: make([]frame.Face, 1)}
	var made []decision.Decision
	for track := range uint64(days * day / visit) {
		person := people[rng.IntN(len(people))]
		seen := &person[rng.IntN(len(person))]
		for range visit {
			if !still {
				seen = &person[rng.IntN(len(person))]
			}
			f.Time = f.Time.Add(time.Second)
			f.Faces[0] = frame.Face{Track: track + 1, Fresh: true, Probs: seen.probs}
			made = made[:0]
			for _, i := range v.Vote(f) {
				made = v.Decide(f, i, seen.proof, made)
			}
			for i := range made {
				if alarm := made[i].Alarm; alarm != decision.NoAlarm {
					perDay[alarm.String()] += 1.0 / days
				}
			}
		}
		made = v.End(track+1, made[:0])
	}
	return perDay
}

package suite

// Result is what one model withstood. Stable, scripts read it.
type Result struct {
	Model    string    `json:"model"`
	Points   []Point   `json:"points"`             // the first without an attack, at strength 0
	Distance *Distance `json:"distance,omitempty"` // of a method that looks for the smallest change
	Seconds  float64   `json:"seconds"`

	Patches []Made `json:"-"` // for all faces, one a strength
}

// Point is what came of one strength. Stable, scripts read it.
type Point struct {
	Strength    float64 `json:"strength"`
	Accuracy    Share   `json:"accuracy"`               // faces that kept their label
	NoneCorrect *Share  `json:"none_correct,omitempty"` // unmasked faces that were taken for correct
	Target      *Share  `json:"target,omitempty"`       // of a targeted attack: faces that were taken for the target
}

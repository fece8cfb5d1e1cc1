package selftest

// Options say what a self-test is to do, wherever it runs.
type Options struct {
	Only     []string `json:"only,omitempty"`     // checks, see Select; none: all
	Seed     uint64   `json:"seed"`               // of all that is drawn at random
	Draws    int      `json:"draws,omitempty"`    // of each patch on each face; 0: as many as the check takes by itself
	Pictures bool     `json:"pictures,omitempty"` // keep patched faces for the report
	Frame    bool     `json:"frame,omitempty"`    // keep what the cameras see for the report
	Deep     bool     `json:"deep,omitempty"`     // attack the model on this very unit, see package deep
	Remember bool     `json:"remember,omitempty"` // remember what the cameras see, for the check camera_moved
}

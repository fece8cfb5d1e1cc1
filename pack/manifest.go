package pack

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Manifest says what a model expects and gives; it is the pack's manifest.json.
type Manifest struct {
	Format    int       `json:"format"` // 1
	Name      string    `json:"name"`   // lower-case letters, digits, '-', '_' and '.'
	Version   int       `json:"version"`
	Classes   []string  `json:"classes"` // the labels' names in the order of the model's outputs
	Model     ModelFile `json:"model"`
	Input     Input     `json:"input"`
	Output    string    `json:"output"` // logits: the values before the softmax
	Smoothing Smoothing `json:"smoothing"`
	Golden    []Golden  `json:"golden"`
	Tolerance float64   `json:"golden_tolerance"` // largest error of a golden logit, above 0 to 1
}

// ModelFile names the model beside the manifest.
type ModelFile struct {
	File   string `json:"file"`   // a path inside the pack
	SHA256 string `json:"sha256"` // 64 lower-case hex digits
}

// Input says how a face becomes the model's input: value = pixel*Scale + Offset.
type Input struct {
	Width      int     `json:"width"`       // pixels, 8 to 1024
	Height     int     `json:"height"`      // pixels, 8 to 1024
	Color      string  `json:"color"`       // order of the channels: rgb, bgr or gray
	Scale      float64 `json:"scale"`       // not 0
	Offset     float64 `json:"offset"`      // any finite number
	CropMargin float64 `json:"crop_margin"` // added to the face's box on each side, in parts of its size, 0 to 1
}

// Channels returns the number of bytes a pixel: 3, or 1 for gray.
func (in Input) Channels() int {
	if in.Color == "gray" {
		return 1
	}
	return 3
}

// Size returns the number of bytes of one face, height x width x channels.
func (in Input) Size() int { return in.Height * in.Width * in.Channels() }

// Smoothing is the median filter the model was trained behind.
type Smoothing struct {
	Window int `json:"window"` // side of the square in pixels, odd, 1 (no smoothing) to 15
}

// Golden is a known answer: the logits of the picture that GoldenInput draws from the seed, in the order of Classes.
type Golden struct {
	Seed   uint32    `json:"seed"`
	Logits []float64 `json:"logits"`
}

// parse reads a manifest and checks every key; errors name the key.
func parse(data []byte) (Manifest, error) {
	m := blank()
	if err := json.Unmarshal(data, &m, json.RejectUnknownMembers(true)); err != nil {
		return Manifest{}, explain(err)
	}
	if err := m.check(); err != nil {
		return Manifest{}, err
	}
	return m, nil
}

// blank is a manifest in which every number is one that check refuses, so that no missing key passes for a zero.
func blank() Manifest {
	nan := math.NaN()
	return Manifest{
		Format: math.MinInt, Version: math.MinInt, Tolerance: nan, Smoothing: Smoothing{Window: math.MinInt},
		Input: Input{Width: math.MinInt, Height: math.MinInt, Scale: nan, Offset: nan, CropMargin: nan},
	}
}

// explain puts the JSON library's error into the form "key: what is wrong, what to do".
func explain(err error) error {
	if syntax, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		if errors.Is(err, jsontext.ErrDuplicateName) {
			return fmt.Errorf("%s: stands twice, remove one", key(syntax.JSONPointer))
		}
		return fmt.Errorf("byte %d: not JSON: %w", syntax.ByteOffset, syntax.Err)
	}
	semantic, ok := errors.AsType[*json.SemanticError](err)
	if !ok {
		return err
	}
	switch {
	case errors.Is(err, json.ErrUnknownName):
		return fmt.Errorf("%s: unknown key, remove it or use a release that knows it", key(semantic.JSONPointer))
	case semantic.Err != nil:
		return fmt.Errorf("%s: %w, want a value of type %s", key(semantic.JSONPointer), semantic.Err, semantic.GoType)
	default:
		return fmt.Errorf("%s: %s, want a value of type %s", key(semantic.JSONPointer), semantic.JSONKind, semantic.GoType)
	}
}

// key writes a JSON pointer as it is read: golden[0].logits.
func key(p jsontext.Pointer) string {
	var b strings.Builder
	for token := range p.Tokens() {
		switch {
		case strings.Trim(token, "0123456789") == "" && b.Len() > 0:
			fmt.Fprintf(&b, "[%s]", token)
		case b.Len() > 0:
			b.WriteString("." + token)
		default:
			b.WriteString(token)
		}
	}
	if b.Len() == 0 {
		return "(top)"
	}
	return b.String()
}

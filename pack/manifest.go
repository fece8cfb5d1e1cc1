package pack

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Manifest says what the models expect and give; it is the pack's manifest.json.
type Manifest struct {
	Format     int               `json:"format"`  // 2
	Name       string            `json:"name"`    // lower-case letters, digits, '-', '_' and '.'
	Version    int               `json:"version"` // 1 or more; it only grows, since a daemon refuses one older than it has run
	Classes    []string          `json:"classes"` // the labels' names in the order of the model's outputs
	Input      Input             `json:"input"`
	Output     string            `json:"output"` // logits: the values before the softmax
	Smoothing  Smoothing         `json:"smoothing"`
	Masking    Masking           `json:"masking"`
	Squeezing  *Squeezing        `json:"squeezing"`        // nil: no threshold was set
	Models     map[Kind]string   `json:"models"`           // files; Float32 is there, the others may be
	SavedModel string            `json:"savedmodel"`       // folder; empty: none
	Keras      string            `json:"keras"`            // file; empty: none
	Golden     []Golden          `json:"golden"`           // known answers, 1 to 64
	Tolerance  map[Kind]float64  `json:"golden_tolerance"` // largest error of a golden logit, above 0 to 1, for each of Models
	Patches    []Patch           `json:"patches"`          // adversarial patches to test with
	Files      map[string]string `json:"files"`            // sha256, 64 lower-case hex digits, of every file but manifest.json and its signature
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

// Masking is what certification by masks (PatchCleanser, Xiang et al. 2022) hides, and with what.
type Masking struct {
	Fill         int `json:"fill"`           // value of hidden pixels, 0 to 255
	MasksPerAxis int `json:"masks_per_axis"` // 1 to 16
	Patch        int `json:"patch"`          // side of the largest patch to be covered, input pixels, 1 or more, below the picture's
}

// Squeezing is how attacks are detected (feature squeezing, Xu et al. 2018): the L1 distance of the probabilities of a
// picture and of its squeezed ones tells.
type Squeezing struct {
	Bits              int     `json:"bits"`                // of a channel once squeezed, 1 to 8
	Window            int     `json:"window"`              // side of the median's square in pixels, odd, 1 to 15
	Threshold         float64 `json:"threshold"`           // larger distances are attacks, 0 to 2
	FalsePositiveRate float64 `json:"false_positive_rate"` // at that threshold, of clean pictures, 0 to 1
}

// Golden is a known answer: the logits, for each of the models, of the picture that GoldenInput draws from the seed or of
// the picture in a file.
type Golden struct {
	Seed   *uint32              `json:"seed"`   // nil: the picture is in File
	File   string               `json:"file"`   // a PNG of the input's size and channels
	Label  string               `json:"label"`  // of the picture in File; its logit is the largest
	Logits map[Kind][]float64   `json:"logits"` // in the order of Classes
	Dim    []map[Kind][]float64 `json:"dim"`    // logits of the same picture in each of DimLights; empty in all: not known
}

// Patch is an adversarial patch, and how well it did when it was made.
type Patch struct {
	File    string   `json:"file"`    // a picture
	From    string   `json:"from"`    // label of the pictures it was applied to
	To      string   `json:"to"`      // label that it aims at, another
	Area    float64  `json:"area"`    // part of the picture it covers, above 0, below 1
	Success float64  `json:"success"` // part of the pictures that it turned, 0 to 1
	Kept    *float64 `json:"kept"`    // part of the pictures that kept their label, 0 to 1; nil: all that it did not turn
	Images  int      `json:"images"`  // number of pictures, 1 or more
}

// parse reads a manifest and checks every key; errors name the key.
func parse(data []byte) (Manifest, error) {
	var head struct {
		Format int `json:"format"`
	}
	// Asked first: a manifest of another format has other keys.
	if err := json.Unmarshal(data, &head); err == nil && head.Format != 0 && head.Format != Format {
		return Manifest{}, badFormat(head.Format)
	}
	var m Manifest
	if err := json.Unmarshal(data, &m, json.RejectUnknownMembers(true), json.WithUnmarshalers(blanks())); err != nil {
		return Manifest{}, explain(err)
	}
	if err := m.check(); err != nil {
		return Manifest{}, err
	}
	return m, nil
}

// blanks lets every number begin as one that check refuses, so that no missing key passes for a zero.
func blanks() *json.Unmarshalers {
	const none = math.MinInt
	nan := math.NaN()
	return json.JoinUnmarshalers(
		blank(Manifest{Format: none, Version: none}),
		blank(Input{Width: none, Height: none, Scale: nan, Offset: nan, CropMargin: nan}),
		blank(Smoothing{Window: none}),
		blank(Masking{Fill: none, MasksPerAxis: none, Patch: none}),
		blank(Squeezing{Bits: none, Window: none, Threshold: nan, FalsePositiveRate: nan}),
		blank(Patch{Area: nan, Success: nan, Images: none}),
	)
}

func blank[T any](value T) *json.Unmarshalers {
	return json.UnmarshalFromFunc(func(_ *jsontext.Decoder, to *T) error {
		*to = value
		return json.SkipFunc // the keys that are there are read as usual
	})
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

// Package decode decodes pictures and streams in a process of its own. What comes from outside may be made to crash a decoder,
// or to take all the memory: the process that holds the cameras then loses this one stream, and nothing else.
package decode

import "errors"

// MaxPixels is the size of picture that is still decoded: 40 megapixels take 120 MB.
const MaxPixels = 40_000_000

// Argument makes the program a decoder: Main sees it.
const Argument = "--decode"

// RunnerVariable names the environment variable with the words that stand before the program where it does not run by itself, as under qemu.
const RunnerVariable = "DECODER_RUNNER"

// ErrDamaged is a picture that is there, but not whole. The next one of a stream may be.
var ErrDamaged = errors.New("damaged picture")

// ErrNotOpened is what OpenCV says of a device that it cannot open.
var ErrNotOpened = errors.New("OpenCV could not open it and does not say why")

// ErrNoElement begins what is said of a GStreamer without one of the elements asked for.
var ErrNoElement = errors.New("GStreamer has no element")

// Info is what a source says about itself.
type Info struct {
	FPS   float64 // pictures a second; 0 = it does not say
	Count float64 // pictures, an estimate; 0 = unknown
}

// What a request names.
const (
	kindFile   = "file"
	kindPipe   = "pipe"
	kindURL    = "url"
	kindDevice = "device"
	kindStills = "stills"
)

// request is one line of JSON; those for stills are followed by the bytes of a picture.
type request struct {
	Kind      string   `json:"kind"`
	Format    string   `json:"format,omitempty"` // FFmpeg's name, where the file's own start misleads
	Name      string   `json:"name,omitempty"`   // URL, device or pipeline
	Protocols string   `json:"protocols,omitempty"`
	OpenMS    int      `json:"open_ms,omitempty"`
	ReadMS    int      `json:"read_ms,omitempty"`
	API       int      `json:"api,omitempty"` // OpenCV's number
	Elements  []string `json:"elements,omitempty"`
	Width     int      `json:"width,omitempty"`
	Height    int      `json:"height,omitempty"`
	FPS       float64  `json:"fps,omitempty"`
	Size      int      `json:"size,omitempty"` // of a still
}

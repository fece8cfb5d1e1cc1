package config

import "github.com/maskwarden/maskwarden/config/decode"

// Faces is how faces are found, and which of them can be classified.
type Faces struct {
	Model         string  `yaml:"model"`          // CenterFace, in ONNX form
	MinScore      float64 `yaml:"min_score"`      // the detector's confidence, 0 to 1
	NMSIoU        float64 `yaml:"nms_iou"`        // of two boxes that overlap more, the better one stays
	MaxSide       int     `yaml:"max_side"`       // larger pictures are made smaller for the detector, pixels
	DetectEvery   int     `yaml:"detect_every"`   // frames; the tracker carries faces over the frames between
	MinSize       int     `yaml:"min_size"`       // faces with a shorter side below it are unknown, pixels
	MinBrightness float64 `yaml:"min_brightness"` // darker faces are unknown: mean of the gray, 0 to 255
	MinContrast   float64 `yaml:"min_contrast"`   // flatter faces are unknown: standard deviation of the gray, of 255
	MinSharpness  float64 `yaml:"min_sharpness"`  // blurred faces are unknown: variance of the Laplacian over variance of the gray
	MaxYaw        float64 `yaml:"max_yaw"`        // faces turned further are unknown: nose from the middle of the eyes, in half eye distances
}

func (f *Faces) setDefaults() {
	*f = Faces{
		Model: "centerface.onnx", MinScore: 0.35, NMSIoU: 0.3, MaxSide: 640, DetectEvery: 3,
		MinSize: 12, MinBrightness: 8, MinContrast: 3, MinSharpness: 0.03, MaxYaw: 2,
	}
}

func (f *Faces) check(at decode.Section) {
	at.Need("model", f.Model != "", "a file", "nothing")
	decode.Within(at, "min_score", f.MinScore, 0.01, 0.99)
	decode.Within(at, "nms_iou", f.NMSIoU, 0.01, 0.99)
	decode.Within(at, "max_side", f.MaxSide, 64, 8192)
	decode.Within(at, "detect_every", f.DetectEvery, 1, 100)
	decode.Within(at, "min_size", f.MinSize, 1, 4096)
	decode.Within(at, "min_brightness", f.MinBrightness, 0.1, 128)
	decode.Within(at, "min_contrast", f.MinContrast, 0.1, 64)
	decode.Within(at, "min_sharpness", f.MinSharpness, 0.0001, 100)
	decode.Within(at, "max_yaw", f.MaxYaw, 0.1, 100)
}

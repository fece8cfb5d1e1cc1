package scene

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"io/fs"
	"math"
	"os"

	"gocv.io/x/gocv"
)

// loadPortrait reads the picture, BGR.
func loadPortrait(path string) (gocv.Mat, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return gocv.Mat{}, fmt.Errorf("portrait %s is missing: run `make setup`", path)
	} else if err != nil {
		return gocv.Mat{}, fmt.Errorf("portrait: %w", err)
	}
	m := gocv.IMRead(path, gocv.IMReadColor)
	if m.Empty() {
		_ = m.Close()
		return gocv.Mat{}, fmt.Errorf("portrait %s is not a picture: run `make setup`", path)
	}
	return m, nil
}

// cutOut returns the portrait inside the outline as premultiplied BGRA with soft edges; no outline keeps it whole.
func cutOut(portrait gocv.Mat, outline []image.Point) gocv.Mat {
	size := image.Pt(portrait.Cols(), portrait.Rows())
	alpha := gocv.NewMatWithSizeFromScalar(gocv.Scalar{Val1: 255}, size.Y, size.X, gocv.MatTypeCV8U)
	defer alpha.Close()
	if len(outline) > 0 {
		big := gocv.NewMatWithSizeFromScalar(gocv.Scalar{}, size.Y*finer, size.X*finer, gocv.MatTypeCV8U)
		defer big.Close()
		pts := make([]image.Point, len(outline))
		for i, p := range outline {
			pts[i] = image.Pt(p.X*finer+finer/2, p.Y*finer+finer/2)
		}
		v := gocv.NewPointsVectorFromPoints([][]image.Point{pts})
		defer v.Close()
		gocv.FillPoly(&big, v, color.RGBA{255, 255, 255, 255})
		gocv.Resize(big, &alpha, size, 0, 0, gocv.InterpolationArea)
		gocv.GaussianBlur(alpha, &alpha, image.Point{}, 1.3, 1.3, gocv.BorderReplicate)
	}
	out := gocv.NewMat()
	gocv.CvtColor(portrait, &out, gocv.ColorBGRToBGRA)
	pixels, err := out.DataPtrUint8()
	if err != nil {
		return out // a fresh Mat is continuous
	}
	for i, a := range alpha.ToBytes() {
		for c := range 3 {
			pixels[i*4+c] = byte(int(pixels[i*4+c]) * int(a) / 255)
		}
		pixels[i*4+3] = a
	}
	return out
}

// dress changes how the person in the portrait appears, so that several of them are not one: the gamma of the
// whole, and the hue of strongly colored clothes below the line y = collar, by turn (180 is the whole circle).
func dress(portrait *gocv.Mat, gamma float64, collar, turn int) {
	curve := gocv.NewMatWithSize(1, 256, gocv.MatTypeCV8U)
	defer curve.Close()
	for i := range 256 {
		curve.SetUCharAt(0, i, uint8(math.Round(255*math.Pow(float64(i)/255, gamma))))
	}
	gocv.LUT(*portrait, curve, portrait)
	if turn == 0 {
		return
	}
	hsv := gocv.NewMat()
	defer hsv.Close()
	gocv.CvtColor(*portrait, &hsv, gocv.ColorBGRToHSV)
	pixels, err := hsv.DataPtrUint8()
	if err != nil {
		return // a fresh Mat is continuous
	}
	for i := collar * portrait.Cols() * 3; i < len(pixels); i += 3 {
		hue, saturation := int(pixels[i]), pixels[i+1]
		if (hue < 18 || hue > 170) && saturation > 90 {
			pixels[i] = uint8((hue + turn) % 180)
			pixels[i+1] = uint8(int(saturation) * 9 / 20)
		}
	}
	gocv.CvtColor(hsv, portrait, gocv.ColorHSVToBGR)
}

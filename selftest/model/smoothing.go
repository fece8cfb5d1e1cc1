package model

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/selftest"
)

// smoothSide is the known picture's width and height in pixels; its bytes are pack.GoldenInput of seed 1.
const smoothSide = 96

// Smoothing checks that the smoother in use turns a known picture into the known one, to the last bit.
func Smoothing(m *Model) selftest.Check {
	return selftest.Check{
		Name: "smoothing", Severity: selftest.Vital,
		Asks:   "does the median filter turn a known picture into the known one, to the last bit?",
		Remedy: "OpenCV is not the one that the release was built with",
		Run: func(context.Context, uint64) selftest.Result {
			window := m.Pack.Manifest.Smoothing.Window
			if err := KnownMedian(m.Smoother, window); err != nil {
				return selftest.Failed(err, "the OpenCV library may be another than the one built against")
			}
			return selftest.Result{Result: selftest.Pass, Detail: fmt.Sprintf("window %d", window)}
		},
	}
}

// KnownMedian is an error unless a smoother gives the known picture for its window: side in pixels, odd, 1 to 15.
func KnownMedian(by Smoother, window int) (err error) {
	want := smoothed(window)
	if want == "" {
		return fmt.Errorf("window %d: no known answer, want an odd number, 1 to 15", window)
	}
	pixels := make([]byte, smoothSide*smoothSide*3)
	pack.GoldenInput(1, pixels)
	src, err := gocv.NewMatFromBytes(smoothSide, smoothSide, gocv.MatTypeCV8UC3, pixels)
	if err != nil {
		return err
	}
	dst := gocv.NewMat()
	defer func() { err = errors.Join(err, src.Close(), dst.Close()) }()
	if err := by.Apply(src, &dst); err != nil {
		return err
	}
	sum := sha256.Sum256(dst.ToBytes())
	if got := hex.EncodeToString(sum[:]); got != want {
		return fmt.Errorf("window %d: the smoothed picture has the hash %.8s, want %.8s", window, got, want)
	}
	return nil
}

// smoothed gives the sha256 of the smoothed picture for each window; testdata/golden.py prints it.
func smoothed(window int) string {
	return map[int]string{
		1:  "98eba24f0803127ee6b0588cae1f5ec2a683520f77b5923dae9008d04492421f",
		3:  "0c8843d52337053683a0629275d074a0001472ad3666bfcfe2efbf702ffb1509",
		5:  "91bea503703aef081ffd359db1834b260fe6c7d6ad38b60e83cabfab82da034b",
		7:  "1b9f42cd100dcc5dfcba26b2bd6906b8187bc95bd097b07c7d69dd1d8ed789bb",
		9:  "4862d0269fac08bab72a3d8c624aacc484ae5d5f19646a3062b418f914843af3",
		11: "22580b0f2d9be16523926c828c54d13c78294d712bd7c4b6f201517d069e4c29",
		13: "093985d00203e0d8c8ca9fb3e2bc8464c81399ac803eb54c53c7bde80ce14865",
		15: "2f753184ccd8e275d470a540b8d5b54131b2d0eefc86e3dc994e30fe71f67a62",
	}[window]
}

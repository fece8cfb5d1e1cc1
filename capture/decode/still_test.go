package decode_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/capture/decode"
)

// TestStills reads pictures of every kind, whatever their name, and compares them with what FFmpeg's program reads.
func TestStills(t *testing.T) {
	var stills decode.Stills
	defer stills.Close()
	m := gocv.NewMat()
	defer m.Close()
	for _, c := range []struct {
		name string
		args []string
	}{
		{"a.jpg", []string{"-q:v", "2"}},
		{"a.jfif", []string{"-q:v", "2", "-f", "mjpeg"}},
		{"a.JPE", []string{"-q:v", "2", "-f", "mjpeg"}},
		{"noext", []string{"-q:v", "2", "-f", "mjpeg"}},
		{"10:30.jpg", []string{"-q:v", "2", "-f", "mjpeg"}},
		{"bad\xff.jpg", []string{"-q:v", "2", "-f", "mjpeg"}},
		{"a.png", nil},
		{"wrong.jpg", []string{"-c:v", "png", "-f", "image2pipe"}},
		{"a.bmp", nil},
		{"a.tiff", nil},
		{"a.webp", []string{"-lossless", "1"}},
		{"a.avif", []string{"-c:v", "libaom-av1", "-cpu-used", "8", "-still-picture", "1", "-crf", "5", "-pix_fmt", "yuv420p"}},
	} {
		path := made(t, c.name, "320x240", 1, c.args...)
		want := ffmpeg(t, append(picture("320x240", 1), "-f", "rawvideo", "-pix_fmt", "bgr24", "-")...)
		if still, err := decode.IsStill(path); err != nil || !still {
			t.Errorf("%q is no still: %v", c.name, err)
		}
		if err := decode.CheckStill(path); err != nil {
			t.Errorf("%q: %v", c.name, err)
		}
		if err := stills.Read(path, &m); err != nil {
			t.Errorf("%q: %v", c.name, err)
			continue
		}
		if d := difference(t, m, want); d > 4 {
			t.Errorf("%q differs by %.1f", c.name, d)
		}
	}
}

// TestSeveralInOne takes the first picture of an MPO file, and takes other JPEG pictures in a row for a video.
func TestSeveralInOne(t *testing.T) {
	jpeg := read(t, made(t, "a.jpg", "320x240", 1))
	mpo := append(append(append([]byte{}, jpeg[:2]...), "\xff\xe2\x00\x08MPF\x00II"...), jpeg[2:]...)
	for _, c := range []struct {
		name string
		data []byte
		want bool
	}{
		{"two.mpo", append(mpo, mpo...), true}, {"two.mjpeg", append(append([]byte{}, jpeg...), jpeg...), false}, {"one", jpeg, true},
		{"trail.jpg", append(append([]byte{}, jpeg...), make([]byte, 5000)...), true}, {"lead.jpg", append([]byte("\r\n"), jpeg...), true},
	} {
		if still, err := decode.IsStill(write(t, c.name, c.data)); err != nil || still != c.want {
			t.Errorf("%s is a still: %v, %v", c.name, still, err)
		}
	}
	var stills decode.Stills
	defer stills.Close()
	m := gocv.NewMat()
	defer m.Close()
	if err := stills.Decode(append(mpo, mpo...), &m); err != nil || m.Cols() != 320 {
		t.Error(err)
	}
}

// TestDamagedStills refuses what is cut or scrambled, and goes on with the next.
func TestDamagedStills(t *testing.T) {
	var stills decode.Stills
	defer stills.Close()
	m := gocv.NewMat()
	defer m.Close()
	jpeg := read(t, made(t, "a.jpg", "320x240", 1))
	scrambled := bytes.Clone(jpeg)
	for i := len(jpeg) / 3; i < len(jpeg)/3+400; i++ {
		scrambled[i] = 0x55
	}
	packed := read(t, made(t, "a.tiff", "320x240", 1, "-compression_algo", "deflate"))
	copy(packed[len(packed)/2:], bytes.Repeat([]byte{0x55}, 100))
	kinds := map[string][]byte{"jpg": jpeg, "png": read(t, made(t, "a.png", "320x240", 1)), "bmp": read(t, made(t, "a.bmp", "320x240", 1)),
		"webp": read(t, made(t, "a.webp", "320x240", 1)), "tiff": read(t, made(t, "a.tiff", "320x240", 1))}
	for name, data := range kinds {
		for _, percent := range []int{1, 10, 50, 90} {
			if err := stills.Decode(data[:len(data)*percent/100], &m); err == nil {
				t.Errorf("%d %% of a %s were taken for a picture", percent, name)
			}
		}
		if err := stills.Decode(data, &m); err != nil {
			t.Errorf("a whole %s after damaged ones: %v", name, err)
		}
	}
	for name, data := range map[string][]byte{"scrambled": scrambled, "a scrambled TIFF": packed, "empty": nil} {
		if err := stills.Decode(data, &m); !errors.Is(err, decode.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, want := range map[string]string{
		"text.jpg": "not a picture or video that can be read: Invalid data found when processing input", "none.jpg": "no such file or directory",
	} {
		path := filepath.Join(t.TempDir(), name)
		if name == "text.jpg" {
			path = write(t, name, []byte(strings.Repeat("This is no picture. ", 100)))
		}
		if err := stills.Read(path, &m); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}

func TestLargeStills(t *testing.T) {
	var stills decode.Stills
	defer stills.Close()
	m := gocv.NewMat()
	defer m.Close()
	for _, name := range []string{"a.png", "a.jpg", "a.bmp", "a.tiff"} {
		err := stills.Decode(read(t, made(t, name, "8192x5120", 1)), &m)
		if err == nil {
			t.Errorf("%s: a picture of 41.9 megapixels was decoded", name)
		}
	}
	for _, name := range []string{"a.png", "a.jpg"} {
		if err := stills.Read(made(t, name, "8000x5000", 1), &m); err != nil || m.Cols() != 8000 {
			t.Errorf("40 megapixels, %s: %v", name, err)
		}
	}
}

// TestUprightStills turns pictures as they say: libwebp, and FFmpeg of AVIF, give them as they are stored.
func TestUprightStills(t *testing.T) {
	webp := read(t, made(t, "a.webp", "320x240", 1, "-lossless", "1"))
	avif := read(t, made(t, "a.avif", "320x240", 1, "-c:v", "libaom-av1", "-cpu-used", "8", "-still-picture", "1", "-crf", "5", "-pix_fmt", "yuv420p"))
	exif := func(order, orientation string) []byte { // an extended file: its header, the picture, and the chunk EXIF
		tiff := map[string]string{
			"II": "II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00" + orientation + "\x00\x00\x00\x00\x00\x00\x00",
			"MM": "MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00" + orientation + "\x00\x00\x00\x00\x00\x00",
		}[order]
		body := "WEBPVP8X\x0a\x00\x00\x00\x08\x00\x00\x00\x3f\x01\x00\xef\x00\x00" + string(webp[12:]) + "EXIF" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(tiff)))) + tiff
		return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
	}
	property := func(kind string, value byte) []byte { // in place of one that nobody needs
		at := bytes.Index(avif, []byte("pixi"))
		if at < 0 {
			t.Fatal("FFmpeg writes no pixi into AVIF files any more")
		}
		data := bytes.Clone(avif)
		copy(data[at:], kind)
		data[at+4] = value
		return data
	}
	var stills decode.Stills
	defer stills.Close()
	m := gocv.NewMat()
	defer m.Close()
	for _, c := range []struct {
		name, filter string
		data         []byte
	}{
		{"webp as stored", "null", exif("II", "\x01")},
		{"webp 2", "hflip", exif("II", "\x02")},
		{"webp 3", "hflip,vflip", exif("MM", "\x03")},
		{"webp 4", "vflip", exif("II", "\x04")},
		{"webp 5", "transpose=cclock_flip", exif("MM", "\x05")},
		{"webp 6", "transpose=clock", exif("II", "\x06")},
		{"webp 7", "transpose=clock_flip", exif("MM", "\x07")},
		{"webp 8", "transpose=cclock", exif("II", "\x08")},
		{"webp 9", "null", exif("II", "\x09")},
		{"avif as stored", "null", property("irot", 0)},
		{"avif 90", "transpose=cclock", property("irot", 1)},
		{"avif 180", "hflip,vflip", property("irot", 2)},
		{"avif 270", "transpose=clock", property("irot", 3)},
		{"avif upside down", "vflip", property("imir", 0)},
		{"avif mirrored", "hflip", property("imir", 1)},
	} {
		want := ffmpeg(t, append(picture("320x240", 1), "-vf", c.filter, "-f", "rawvideo", "-pix_fmt", "bgr24", "-")...)
		if err := stills.Decode(c.data, &m); err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if d := difference(t, m, want); d > 4 || strings.Contains(c.filter, "transpose") != (m.Cols() == 240) {
			t.Errorf("%s differs by %.1f, %d x %d", c.name, d, m.Cols(), m.Rows())
		}
	}
}

package decode_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/capture/decode"
)

const videoFrames = 20

// TestVideos reads videos of many kinds and compares their first pictures with those of FFmpeg's program.
func TestVideos(t *testing.T) {
	h264 := []string{"-c:v", "libx264", "-pix_fmt", "yuv420p"}
	for _, c := range []struct {
		name, size string
		args       []string
	}{
		{"plain.mp4", "320x240", h264},
		{"a:b.mp4", "320x240", h264},
		{"http:x.mp4", "320x240", h264},
		{"bad\xff.mp4", "320x240", h264},
		{"no suffix", "320x240", append([]string{"-f", "mp4"}, h264...)},
		{"img%03d.mp4", "320x240", h264},
		{"odd.mkv", "321x243", []string{"-c:v", "ffv1"}},
		{"raw.mjpeg", "320x240", []string{"-c:v", "mjpeg", "-q:v", "2"}},
		{"raw.jpg.bin", "320x240", []string{"-c:v", "mjpeg", "-q:v", "2", "-f", "mjpeg"}},
		{"m.avi", "320x240", []string{"-c:v", "mjpeg", "-q:v", "2"}},
		{"b.ts", "320x240", append([]string{"-bf", "2"}, h264...)},
		{"raw.h264", "320x240", h264},
		{"tens.mp4", "320x240", []string{"-c:v", "libx265", "-x265-params", "log-level=error", "-pix_fmt", "yuv420p10le"}},
		{"full.mp4", "320x240", []string{"-vf", "scale=out_range=pc,format=yuv420p10le", "-c:v", "libx264", "-color_range", "pc"}},
		{"full.webm", "320x240", []string{"-vf", "scale=out_range=pc,format=yuv420p", "-c:v", "libvpx-vp9", "-cpu-used", "8", "-color_range", "pc"}},
		{"bt709.mp4", "320x240", []string{"-vf", "scale=out_color_matrix=bt709,format=yuv420p", "-c:v", "libx264", "-colorspace", "bt709"}},
		{"v.webm", "320x240", []string{"-c:v", "libvpx", "-b:v", "2M"}},
	} {
		t.Run(strings.ToValidUTF8(c.name, "?"), func(t *testing.T) {
			path := made(t, c.name, c.size, videoFrames, c.args...)
			want := ffmpeg(t, "-i", "file:"+path, "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "bgr24", "-")
			first := true
			got := played(t, opened(t, path), 0, func(m gocv.Mat) {
				if first {
					if d := difference(t, m, want); d > 1.5 {
						t.Errorf("the first picture differs by %.1f", d)
					}
				}
				first = false
			})
			got.end(t)
			if diff := cmp.Diff(map[string]int{c.size: videoFrames}, got.sizes); diff != "" || got.damaged != 0 {
				t.Error(got.damaged, diff)
			}
		})
	}
}

// TestTurnedVideos reads videos that say how they must be turned, as telephones make them, and anamorphic ones.
func TestTurnedVideos(t *testing.T) {
	base := made(t, "base.mp4", "320x240", 5, "-c:v", "libx264", "-pix_fmt", "yuv420p")
	for _, angle := range []string{"90", "180", "270"} {
		t.Run(angle, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "turned.mp4")
			ffmpeg(t, "-i", base, "-c", "copy", "-metadata:s:v:0", "rotate="+angle, path)
			want := ffmpeg(t, "-i", path, "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "bgr24", "-") // it turns by itself
			size := map[string]string{"90": "240x320", "180": "320x240", "270": "240x320"}[angle]
			n := 0
			got := played(t, opened(t, path), 0, func(m gocv.Mat) {
				if n++; n == 1 {
					if d := difference(t, m, want); d > 1.5 {
						t.Errorf("it differs by %.1f", d)
					}
				}
			})
			if diff := cmp.Diff(map[string]int{size: 5}, got.sizes); diff != "" {
				t.Error(diff)
			}
		})
	}
	for _, c := range []struct{ filter, want string }{
		{"scale=160:240,setsar=2", "320x240"}, {"scale=320:120,setsar=1/2", "320x240"}, {"setsar=1", "320x240"},
	} {
		got := played(t, opened(t, made(t, "sar.mp4", "320x240", 5, "-vf", c.filter, "-c:v", "libx264", "-pix_fmt", "yuv420p")), 0, nil)
		if diff := cmp.Diff(map[string]int{c.want: 5}, got.sizes); diff != "" {
			t.Error(c.filter, diff)
		}
	}
}

// TestSizeChanges reads streams whose pictures change their size, and change it back.
func TestSizeChanges(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
	}{
		{"h264.ts", []string{"-c:v", "libx264", "-pix_fmt", "yuv420p", "-f", "mpegts"}},
		{"raw.h264", []string{"-c:v", "libx264", "-pix_fmt", "yuv420p", "-f", "h264"}},
		{"raw.mjpeg", []string{"-c:v", "mjpeg", "-q:v", "2", "-f", "mjpeg"}},
	} {
		var all []byte
		for _, size := range []string{"640x360", "320x180", "1100x620"} {
			all = append(all, read(t, made(t, c.name, size, 10, c.args...))...)
		}
		got := played(t, opened(t, write(t, c.name, all)), 0, func(m gocv.Mat) {
			if v := m.Mean(); v.Val1 < 50 || v.Val2 < 50 || v.Val3 < 50 { // the test picture holds each color
				t.Errorf("%s: mean %v", c.name, v)
			}
		})
		got.end(t)
		for _, size := range []string{"640x360", "320x180", "1100x620"} {
			if n := got.sizes[size]; n < 8 || n > 10 { // at a join of two streams the timestamps go back
				t.Errorf("%s: %d pictures of %s: %+v", c.name, n, size, got)
			}
		}
	}
}

// TestTooLarge refuses pictures above the limit, at the start and in the middle of a stream.
func TestTooLarge(t *testing.T) {
	const want = "8192 x 5120 is 41.9 megapixels: the limit is 40; scale it down"
	encoders := map[string][]string{
		"mjpeg": {"-c:v", "mjpeg", "-f", "mjpeg"},
		"ts":    {"-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-f", "mpegts"},
	}
	for name, args := range encoders {
		small, large := read(t, made(t, "s", "320x240", 10, args...)), read(t, made(t, "l", "8192x5120", 1, args...))
		switch s, err := decode.OpenFile(context.Background(), write(t, "large."+name, append(large, large...))); {
		case err == nil:
			if got := played(t, s, 0, nil); got.whole != 0 || got.err == nil || got.err.Error() != want {
				t.Errorf("%s, at the start: %+v", name, got)
			}
		case err.Error() != want:
			t.Errorf("%s, at the start: %v", name, err)
		}
		got := played(t, opened(t, write(t, "grows."+name, append(small, large...))), 0, nil)
		if got.whole < 8 || len(got.sizes) != 1 || got.err == nil || got.err.Error() != want {
			t.Errorf("%s, in the middle: %+v", name, got)
		}
	}
}

func TestRefusedFiles(t *testing.T) {
	for name, want := range map[string]string{
		"text.mp4":  "Invalid data found when processing input",
		"list.m3u8": "Invalid argument", // it names others
		"song.mp3":  "no video in it, or of a kind that FFmpeg cannot decode",
	} {
		path := write(t, name, []byte(strings.Repeat("This is no video.\n", 100)))
		switch name {
		case "list.m3u8":
			path = write(t, name, []byte("#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n/etc/passwd\n#EXT-X-ENDLIST\n"))
		case "song.mp3":
			path = filepath.Join(t.TempDir(), "a.wav.mkv")
			ffmpeg(t, "-f", "lavfi", "-i", "sine=d=1", path)
		}
		if _, err := decode.OpenFile(context.Background(), path); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
	if _, err := decode.OpenFile(context.Background(), "/no/such/file"); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// TestLostPackets takes packets out of a stream, as a bad network does: what is given as whole is a picture of the stream.
func TestLostPackets(t *testing.T) {
	const frames, packet = 60, 188
	path := made(t, "clean.ts", "320x240", frames, "-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", "15", "-bf", "2", "-b:v", "800k")
	var clean [][]byte
	played(t, opened(t, path), 0, func(m gocv.Mat) { clean = append(clean, m.ToBytes()) })
	data := read(t, path)
	for seed := range 8 {
		var lossy []byte
		for i := 0; i < len(data)/packet; i++ {
			if i < 20 || i*7919%97 != seed {
				lossy = append(lossy, data[i*packet:(i+1)*packet]...)
			}
		}
		worst := 0.0
		got := played(t, opened(t, write(t, "lossy.ts", lossy)), 0, func(m gocv.Mat) {
			best := 256.0
			for _, c := range clean {
				best = min(best, difference(t, m, c))
			}
			worst = max(worst, best)
		})
		if worst > 0.1 {
			t.Errorf("packets lost by rule %d: a picture that was given as whole is %.1f from all of the stream", seed, worst)
		}
		if got.damaged == 0 || got.whole == 0 || got.whole+got.damaged < frames/2 {
			t.Errorf("packets lost by rule %d: %+v", seed, got)
		}
	}
}

// TestCutMJPEG cuts every third picture of an MJPEG stream: those are damaged, and no others.
func TestCutMJPEG(t *testing.T) {
	whole := read(t, made(t, "raw.mjpeg", "320x240", 30, "-c:v", "mjpeg"))
	var all []byte
	for i, jpeg := range bytes.SplitAfter(whole, []byte("\xff\xd9"))[:30] {
		if i%3 == 2 {
			jpeg = jpeg[:len(jpeg)*35/100]
		}
		all = append(all, jpeg...)
	}
	got := played(t, opened(t, write(t, "cut.mjpeg", all)), 0, nil)
	got.end(t)
	if got.whole < 19 || got.whole > 20 || got.damaged < 9 || got.damaged > 11 {
		t.Errorf("%+v", got)
	}
}

package capture_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/capture"
	"github.com/maskwarden/maskwarden/frame"
)

func TestVideoToItsEnd(t *testing.T) {
	const n = 60
	path := clip(t, "a clip.avi", "MJPG", n)
	for _, uri := range []string{path, "file://" + path, "file://" + strings.ReplaceAll(path, " ", "%20")} {
		r := started(t, &capture.Camera{URI: uri, Lossless: true})
		var last time.Time
		for i := range n {
			f := r.next()
			if f == nil {
				t.Fatalf("ended after %d of %d pictures: %v", i, n, r.Err())
			}
			if got, want := gray(f), 20+2*i; got < want-1 || got > want+1 {
				t.Errorf("picture %d: gray %d, want %d", i, got, want)
			}
			if f.Camera != "door" || f.Seq != uint64(i+1) || f.Took[frame.Decode] <= 0 || f.Time.Before(last) {
				t.Errorf("picture %d: %s, %d, %v, %v", i, f.Camera, f.Seq, f.Took, f.Time)
			}
			if f.Image.Type() != gocv.MatTypeCV8UC3 || f.Image.Cols() != width || f.Image.Rows() != height {
				t.Errorf("picture %d: type %v, %d x %d", i, f.Image.Type(), f.Image.Cols(), f.Image.Rows())
			}
			if step := f.Time.Sub(last); i > 0 && (step-20*time.Millisecond).Abs() > time.Microsecond {
				t.Errorf("picture %d: %v after the one before it, want the clip's own 20ms", i, step)
			}
			last = f.Time
			f.Release()
		}
		if f := r.next(); f != nil || r.Err() != nil {
			t.Errorf("after the end: %v, %v", f, r.Err())
		}
		want := capture.Stats{Frames: n, Width: width, Height: height, SourceFPS: 50}
		if got := r.Stats(); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
}

func TestVideoLoops(t *testing.T) {
	r := started(t, &capture.Camera{URI: clip(t, "clip.avi", "MJPG", 5), Loop: true, Lossless: true})
	for i := range 23 {
		f := r.next()
		if got, want := gray(f), 20+2*(i%5); got < want-1 || got > want+1 {
			t.Fatalf("picture %d: gray %d, want %d", i, got, want)
		}
		f.Release()
	}
}

func TestVideoAtItsOwnSpeed(t *testing.T) {
	r := started(t, &capture.Camera{URI: clip(t, "clip.avi", "MJPG", 25), Queue: 25})
	start := time.Now()
	if n := len(r.all()); n != 25 {
		t.Errorf("%d pictures, want 25", n)
	}
	if took := time.Since(start); took < 400*time.Millisecond { // 25 at 50 a second, less what went before start
		t.Errorf("played in %v", took)
	}
}

func TestTruncatedVideoPlaysWhatIsThere(t *testing.T) {
	path := clip(t, "clip.avi", "MJPG", 60)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, whole[:len(whole)/2])
	r := started(t, &capture.Camera{URI: path, Lossless: true})
	n := len(r.all())
	if n < 10 || n >= 60 || r.Err() != nil {
		t.Errorf("%d pictures, %v", n, r.Err())
	}
	if !strings.Contains(r.log.String(), "video ends early: it is truncated or damaged") {
		t.Errorf("logged: %s", r.log.String())
	}
}

func TestVideoWithoutPictures(t *testing.T) {
	path := clip(t, "clip.avi", "MJPG", 3)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, whole[:strings.Index(string(whole), "movi")+4])
	r := rigged(t, &capture.Camera{URI: path, Lossless: true, Loop: true})
	defer r.shut()
	err = r.Initialize()
	if err == nil {
		r.all()
		err = r.Err()
	}
	if err == nil || !strings.HasPrefix(err.Error(), path+": not ") {
		t.Error(err)
	}
}

func TestFolder(t *testing.T) {
	dir := t.TempDir()
	writePicture(t, filepath.Join(dir, "a.png"), 50)
	writePicture(t, filepath.Join(dir, "b.JPG"), 100)
	write(t, filepath.Join(dir, "c.jpg"), []byte("This is no picture."))
	write(t, filepath.Join(dir, "d.png"), pngHeader(10000, 6000))
	write(t, filepath.Join(dir, "e.png"), pngHeader(10, 10))
	linked := filepath.Join(t.TempDir(), "linked.png")
	writePicture(t, linked, 150)
	if err := os.Symlink(linked, filepath.Join(dir, "f.jpeg")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "notes.txt"), nil)

	r := started(t, &capture.Camera{URI: "file://" + dir, Lossless: true})
	if diff := cmp.Diff([]int{50, 100, 150}, r.all()); diff != "" || r.Err() != nil {
		t.Error(diff, r.Err())
	}

	r = started(t, &capture.Camera{URI: dir, Lossless: true, Loop: true})
	for i := range 10 {
		f := r.next()
		if got, want := gray(f), 50+50*(i%3); got != want {
			t.Errorf("picture %d: gray %d, want %d", i, got, want)
		}
		f.Release()
	}
	for _, want := range []string{
		`c.jpg error="not a picture or video that can be read: Invalid data found when processing input"`,
		`d.png error="10000 x 6000 is 60.0 megapixels: the limit is 40; scale it down"`,
		`e.png error="damaged picture: it ends before its end-of-image marker"`,
	} {
		if n := strings.Count(r.log.String(), want); n != 1 {
			t.Errorf("%s: logged %d times in\n%s", want, n, r.log.String())
		}
	}
}

// TestFolderComesBack: a folder whose pictures went away is looked at again.
func TestFolderComesBack(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.png")
	writePicture(t, path, 50)
	r := started(t, &capture.Camera{URI: "file://" + dir, Loop: true, Retry: true, FPS: 100})
	r.next().Release()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	r.await(capture.Lost, dir+": not one of the folder's pictures can be read")
	writePicture(t, path, 100)
	r.await(capture.OK, "")
	f := r.next()
	for gray(f) != 100 { // one of the old ones may have waited
		f.Release()
		f = r.next()
	}
	f.Release()
}

func TestFolderOfBadPictures(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.jpg"), []byte("This is no picture."))
	r := started(t, &capture.Camera{URI: dir, Loop: true})
	if n := len(r.all()); n != 0 {
		t.Errorf("%d pictures", n)
	}
	want := dir + ": not one of the folder's pictures can be read"
	if err := r.Err(); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	r.await(capture.Lost, want)
}

func TestMissingFileIsTriedAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "late.png")
	r := started(t, &capture.Camera{URI: path, Retry: true, Loop: true})
	r.await(capture.Lost, path+": no such file or folder")
	writePicture(t, path, 77)
	r.await(capture.OK, "")
}

func TestPictureLoops(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.png")
	writePicture(t, path, 77)
	r := started(t, &capture.Camera{URI: path, Loop: true, FPS: 200})
	for range 3 {
		f := r.next()
		if gray(f) != 77 {
			t.Errorf("gray %d", gray(f))
		}
		f.Release()
	}
	if got := r.Stats().SourceFPS; got != 200 {
		t.Errorf("%v pictures a second", got)
	}
}

// TestFilesAreClosed plays a clip to its end, in loops and cut short, and looks for descriptors left open.
func TestFilesAreClosed(t *testing.T) {
	path := clip(t, "clip.avi", "MJPG", 10)
	for _, loop := range []bool{false, true} {
		r := rigged(t, &capture.Camera{URI: path, Lossless: true, Loop: loop})
		if err := r.Initialize(); err != nil {
			t.Fatal(err)
		}
		for range 35 {
			if f := r.next(); f != nil {
				f.Release()
			}
		}
		r.shut()
		fds, err := filepath.Glob("/proc/self/fd/*")
		if err != nil || len(fds) == 0 {
			t.Fatal("no descriptors to look at: ", err)
		}
		for _, fd := range fds {
			if target, err := os.Readlink(fd); err == nil && target == path {
				t.Errorf("loop %v: %s is still open", loop, fd)
			}
		}
	}
}

func TestDecodedFrameAllocatesNothing(t *testing.T) {
	r := started(t, &capture.Camera{
		URI: clip(t, "clip.avi", "MJPG", 400), Lossless: true,
		PrivacyZones: []frame.Box{{X0: 0.1, Y0: 0.1, X1: 0.2, Y1: 0.2}},
	})
	for range 20 { // fills the pool
		r.next().Release()
	}
	frames := r.Frames()
	if n := testing.AllocsPerRun(300, func() { (<-frames).Release() }); n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
}

// TestDamagedPicturesAreCounted cuts every third picture of a clip: those are counted, and the others come.
func TestDamagedPicturesAreCounted(t *testing.T) {
	var clip []byte
	for i := range 30 {
		m := plain(20+2*i, width, height)
		jpeg, err := gocv.IMEncode(gocv.JPEGFileExt, m)
		m.Close()
		if err != nil {
			t.Fatal(err)
		}
		picture := jpeg.GetBytes()
		if i%3 == 2 {
			picture = picture[:len(picture)-20]
		}
		clip = append(clip, picture...)
		jpeg.Close()
	}
	path := filepath.Join(t.TempDir(), "cut.mjpeg")
	write(t, path, clip)
	r := started(t, &capture.Camera{URI: path, Lossless: true})
	for _, g := range r.all() {
		if i := (g - 20) / 2; i%3 == 2 {
			t.Errorf("picture %d was taken", i)
		}
	}
	if s := r.Stats(); s.Frames < 19 || s.Frames > 20 || s.Damaged < 9 || s.Damaged > 11 || r.Err() != nil {
		t.Errorf("%+v, %v", s, r.Err())
	}
}

// TestUnreadVideoIsForgotten closes a camera before a session has taken the video that Initialize opened.
func TestUnreadVideoIsForgotten(t *testing.T) {
	path := clip(t, "clip.avi", "MJPG", 5)
	for range 10 {
		r := rigged(t, &capture.Camera{URI: path})
		if err := r.Initialize(); err != nil {
			t.Fatal(err)
		}
		r.shut()
	}
}

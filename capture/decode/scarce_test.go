package decode_test

import (
	"context"
	"errors"
	"testing"

	"gocv.io/x/gocv"
	"golang.org/x/sys/unix"

	"github.com/maskwarden/maskwarden/capture/decode"
)

// TestNoFilesLeft starts decoders where few files more can be opened, or none: that is an error of their streams, and of nothing else.
func TestNoFilesLeft(t *testing.T) {
	path, photo := made(t, "a.avi", "64x48", 3), read(t, made(t, "a.png", "64x48", 1))
	m := gocv.NewMat()
	defer m.Close()
	var usual unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &usual); err != nil {
		t.Fatal(err)
	}
	limit := func(files uint64) {
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: files, Max: usual.Max}); err != nil {
			t.Fatal(err)
		}
	}
	tried := func() (video, still error) {
		s, video := decode.OpenFile(context.Background(), path)
		if video == nil {
			video = s.Close()
		}
		var stills decode.Stills
		return video, errors.Join(stills.Decode(photo, &m), stills.Close())
	}
	defer limit(usual.Cur)
	refused := 0
	for files := uint64(3); files < usual.Cur; files++ {
		limit(files)
		video, still := tried()
		limit(usual.Cur)
		if video == nil && still == nil {
			break
		}
		refused++
	}
	if video, still := tried(); video != nil || still != nil || refused < 8 {
		t.Errorf("refused under %d limits, of which each file more is one; then %v, %v", refused, video, still)
	}
}

package decode_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"gocv.io/x/gocv"

	"github.com/maskwarden/maskwarden/capture/decode"
)

func TestMain(m *testing.M) {
	decode.Main()
	os.Exit(m.Run())
}

func TestSmoke(t *testing.T) {
	dir := t.TempDir()
	for name, args := range map[string][]string{
		"a:b.mp4": {"-c:v", "libx264"}, "raw.mjpeg": {"-c:v", "mjpeg", "-f", "mjpeg"}, "a.ts": {"-c:v", "libx264", "-bf", "2"},
		"sar.mp4": {"-vf", "scale=160:240,setsar=2", "-c:v", "libx264"},
	} {
		path := filepath.Join(dir, name)
		out, err := exec.Command("ffmpeg", append(append([]string{"-v", "error", "-f", "lavfi", "-i", "testsrc=s=320x240:r=10:d=4"}, args...), "file:"+path)...).CombinedOutput()
		if err != nil {
			t.Fatal(string(out))
		}
		s, err := decode.OpenFile(context.Background(), path)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		m := gocv.NewMat()
		n := 0
		for err == nil {
			if err = s.Read(&m); err == nil {
				n++
			}
		}
		t.Log(name, s.Info, n, m.Cols(), m.Rows(), err)
		m.Close()
		s.Close()
	}
	var st decode.Stills
	defer st.Close()
	m := gocv.NewMat()
	defer m.Close()
	t.Log(st.Read("../../share/maskwarden/astronaut.png", &m), m.Cols(), m.Rows())
	data, _ := gocv.IMEncode(gocv.JPEGFileExt, m)
	defer data.Close()
	b := data.GetBytes()
	t.Log(st.Decode(b, &m), st.Decode(b[:len(b)/2], &m), m.Cols())
}

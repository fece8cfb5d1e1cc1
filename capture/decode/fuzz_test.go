package decode

import (
	"bytes"
	"io"
	"testing"
)

// FuzzHeader reads any bytes as what a decoder's process answers, which whoever sent the stream may have taken over.
func FuzzHeader(f *testing.F) {
	for _, h := range []header{
		{kind: answerPicture, width: 640, height: 480, length: 640 * 480 * 3}, {kind: answerError, length: maxText}, {kind: answerInfo, fps: 25},
		{kind: answerPicture, width: 1 << 31, height: 2, length: 0}, {kind: answerPicture, width: 1 << 16, height: 1 << 16},
	} {
		b := make([]byte, headerSize)
		h.put(b)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		b := make([]byte, headerSize)
		copy(b, data)
		var h header
		if h.parse(b) != nil {
			return
		}
		if h.length > 3*MaxPixels || h.kind != answerPicture && h.length > maxText || h.took < 0 || !(h.fps >= 0) {
			t.Fatalf("took %+v", h)
		}
		if h.kind == answerPicture && uint64(h.length) != 3*uint64(h.width)*uint64(h.height) {
			t.Fatalf("took %+v", h)
		}
	})
}

// FuzzIdentify reads any bytes as a picture file: what is cut is never whole, and nothing is read for ever.
func FuzzIdentify(f *testing.F) {
	for _, text := range []string{
		"\xff\xd8\xff\xe0\x00\x04xx\xff\xda\x00\x02abc\xff\xd9", "\xff\xd8\xff\xd9\xff\xd8\xff\xd9", "\r\n\xff\xd8\xff\xd9",
		"\xff\xd8\xff\xe2\x00\x08MPF\x00xx\xff\xd9\xff\xd8\xff\xd9", "\x89PNG\r\n\x1a\n\x00\x00\x00\x00IEND\xaeB`\x82",
		"\x89PNG\r\n\x1a\n\xff\xff\xff\xffIDAT", "BM\x00\x00\x00\x00\x00\x00\x00\x00", "RIFF\x00\x00\x00\x00WEBP", "\x00\x00\x00\x00ftypavif", "\xff\xd8\xff\xe0\x00\x00\xff",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		what, whole := identify(bytes.NewReader(data))
		if again, same := identify(bytes.NewReader(data)); again != what || same != whole {
			t.Fatalf("%q is %v, and then %v", data, what, again)
		}
		jpeg := bytes.HasPrefix(data, []byte("\xff\xd8\xff")) || bytes.HasPrefix(data, []byte("\r\n\xff\xd8\xff"))
		png := bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n"))
		if whole && jpeg && !bytes.Contains(data, []byte("\xff\xd9")) || whole && png && !bytes.Contains(data, []byte("IEND")) {
			t.Fatalf("%q has no end, and is whole", data)
		}
		if (jpeg || png) == (what == other) && (jpeg || png) {
			t.Fatalf("%q is no picture", data)
		}
	})
}

// FuzzReceive reads any bytes as what a server sends: none of them is lost on the way to the decoder.
func FuzzReceive(f *testing.F) {
	for _, text := range []string{"\xff\xd8\xff\xd9", "\xff\xd8\xff\xd9\xff\xd8\xff\xd9", "--boundary\r\n", "\x89PNG\r\n\x1a\n\x00\x00\x00\x00IEND", "", "\xff\xd8\xff\xe2\x00\x08MPF\x00xx"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		in, err := Receive(bytes.NewReader(sent))
		if err != nil || (in.Still == nil) == (in.Stream == nil) || !bytes.HasPrefix(sent, in.Head) {
			t.Fatalf("%q: %+v, %v", sent, in, err)
		}
		got := in.Still
		if in.Stream != nil {
			if got, err = io.ReadAll(in.Stream); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(got, sent) {
			t.Fatalf("%q becomes %q", sent, got)
		}
	})
}

// FuzzTurns looks for a picture's orientation in anything.
func FuzzTurns(f *testing.F) {
	f.Add([]byte("RIFF\x00\x00\x00\x00WEBPEXIF\x1a\x00\x00\x00II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00"))
	f.Add([]byte("\x00\x00\x00\x0cftypavif\x00\x00\x00\x48meta\x00\x00\x00\x00\x00\x00\x00\x0epitm\x00\x00\x00\x00\x00\x01\x00\x00\x00\x2eiprp" +
		"\x00\x00\x00\x11ipco\x00\x00\x00\x09irot\x01\x00\x00\x00\x15ipma\x00\x00\x00\x00\x00\x00\x00\x01\x00\x01\x01\x81"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, o := range turns(data) {
			if o < 2 || o > 8 {
				t.Errorf("orientation %d", o)
			}
		}
	})
}

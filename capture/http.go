package capture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/maskwarden/maskwarden/capture/decode"
	"github.com/maskwarden/maskwarden/capture/network"
)

var errNoData = errors.New("no data for too long")

// openHTTP finds out whether the camera sends a stream, which the decoder gets through a pipe, or a single picture, which is asked for
// again and again.
func (n *networked) openHTTP(ctx context.Context) (Source, float64, error) {
	client, err := network.NewHTTP(n.url, n.access)
	if err != nil {
		return nil, 0, err
	}
	b := &body{client: client}
	var life context.Context
	life, b.cancel = context.WithCancel(ctx)
	patience := time.AfterFunc(n.access.OpenTimeout, b.cancel)
	in, err := b.begin(life)
	if !patience.Stop() && ctx.Err() == nil {
		err = errNoData
	}
	switch {
	case err != nil:
		b.Close()
		return nil, 0, err
	case in.Still != nil:
		b.Close()
		s := newSnapshots(ctx, client, n, in.Still)
		return s, s.fps, nil
	}
	s, err := b.stream(ctx, in, n.decode)
	if err != nil {
		b.Close()
		return nil, 0, fmt.Errorf("the server can be reached, but gives no video (%w): check path, user and password", err)
	}
	return &video{stream: s, live: true, line: b}, s.FPS, nil
}

// body is what a camera sends over HTTP, on its way to the decoder.
type body struct {
	client *network.HTTP
	cancel context.CancelFunc
	answer *network.Answer
	pumped chan struct{} // nil = it is no stream
	err    error         // valid after pumped
}

// begin asks the camera, and looks at the start of its answer.
func (b *body) begin(ctx context.Context) (in decode.Incoming, err error) {
	if b.answer, err = b.client.Get(ctx); err != nil {
		return in, err
	}
	if in, err = decode.Receive(b.answer.Body); err != nil || in.Still != nil {
		return in, err
	}
	if strings.HasPrefix(b.answer.Type, "multipart/") {
		in.Format = "mpjpeg" // FFmpeg does not see it where a line break comes first
	}
	return in, refuse(b.answer.Type, in.Head)
}

// refuse says what is no video, by its media type and first bytes. FFmpeg would say less, and look for addresses in a playlist.
func refuse(kind string, head []byte) error {
	start := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	begins := func(text string) bool {
		return len(start) >= len(text) && strings.EqualFold(string(start[:len(text)]), text)
	}
	switch {
	case len(head) == 0:
		return errors.New("the camera sends nothing")
	case begins("#EXTM3U"), begins("[playlist]"), begins("<MPD"), begins("<?xml"), strings.HasSuffix(kind, "mpegurl"), kind == "application/dash+xml":
		return errors.New("the camera sends a playlist, whose addresses are not followed: make the stream itself the source")
	case strings.HasPrefix(kind, "multipart/"), begins("--"):
		return nil
	case strings.HasPrefix(http.DetectContentType(head), "text/"):
		return errors.New("the camera sends text, no pictures: check the path")
	}
	return nil
}

// stream hands the answer to a decoder of its own.
func (b *body) stream(ctx context.Context, in decode.Incoming, o decode.URLOptions) (*decode.Stream, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	b.pumped = make(chan struct{})
	go b.pump(write, in.Stream)
	s, err := decode.OpenPipe(ctx, read, in.Format, o)
	_ = read.Close() // the decoder has its own
	return s, err
}

func (b *body) pump(to *os.File, from io.Reader) {
	defer close(b.pumped)
	_, b.err = io.Copy(to, from)
	_ = to.Close() // its reader sees the end either way
}

// Err says why the camera's answer ended early, where it did.
func (b *body) Err() error {
	select {
	case <-b.pumped:
		return b.err
	default:
		return nil
	}
}

// Close ends the answer. The decoder is closed before.
func (b *body) Close() {
	b.cancel()
	if b.answer != nil {
		_ = b.answer.Body.Close() // it was only read
	}
	if b.pumped != nil {
		<-b.pumped
	}
	b.client.Close()
}

package capture

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/maskwarden/maskwarden/capture/decode"
	"github.com/maskwarden/maskwarden/capture/network"
	"github.com/maskwarden/maskwarden/frame"
)

const (
	defaultSnapshotFPS = 2  // single pictures a second that a camera is asked for
	mostSnapshotFPS    = 15 // and at most
)

// snapshots is a camera that gives one picture an answer.
type snapshots struct {
	ctx      context.Context
	client   *network.HTTP
	stills   decode.Stills
	fps      float64
	timeout  time.Duration // of one answer
	patience time.Duration // how long no answer may be a picture
	tick     *time.Ticker
	first    []byte // the picture that came when the camera was opened
	good     time.Time
}

func newSnapshots(ctx context.Context, client *network.HTTP, n *networked, first []byte) *snapshots {
	s := &snapshots{ctx: ctx, client: client, fps: defaultSnapshotFPS, first: first, good: time.Now()}
	if n.fps > 0 {
		s.fps = min(n.fps, mostSnapshotFPS)
	}
	s.timeout, s.patience = n.decode.ReadTimeout, n.decode.ReadTimeout/2 // before the stall detection, which knows no reason
	s.tick = time.NewTicker(time.Duration(float64(time.Second) / s.fps))
	return s
}

// Read implements Source. An answer that is no picture is asked for again, as long as pictures may be away.
func (s *snapshots) Read(f *frame.Frame) error {
	for {
		data, err := s.next()
		if err == nil {
			began := time.Now()
			err = s.stills.Decode(data, &f.Image)
			f.Took[frame.Decode] = time.Since(began)
		}
		switch {
		case err == nil:
			s.good = time.Now()
			return nil
		case s.ctx.Err() != nil, errors.Is(err, decode.ErrDamaged), errors.Is(err, errNoSnapshot), time.Since(s.good) > s.patience:
			return err
		}
	}
}

var errNoSnapshot = errors.New("the camera sends no single pictures any more")

// next waits for its turn and asks for a picture.
func (s *snapshots) next() ([]byte, error) {
	if first := s.first; first != nil {
		s.first = nil
		return first, nil
	}
	select {
	case <-s.tick.C:
	case <-s.ctx.Done():
		return nil, s.ctx.Err()
	}
	ctx, cancel := context.WithTimeout(s.ctx, s.timeout)
	defer cancel()
	answer, err := s.client.Get(ctx)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close() //nolint:errcheck // it was only read
	in, err := decode.Receive(answer.Body)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, fmt.Errorf("%w: cut on its way", decode.ErrDamaged)
	case err != nil && ctx.Err() != nil:
		return nil, errNoData
	case err != nil:
		return nil, err
	case in.Still == nil:
		return nil, errNoSnapshot
	}
	return in.Still, nil
}

// Close implements Source.
func (s *snapshots) Close() error {
	s.tick.Stop()
	s.client.Close()
	return s.stills.Close()
}

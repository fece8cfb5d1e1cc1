package decode

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"gocv.io/x/gocv"
)

const stillPatience = 30 * time.Second

// Stills decodes single pictures, all in one process, which is started when it is needed, and again after a crash.
// The zero value is ready; Close ends the process.
type Stills struct {
	mu      sync.Mutex
	process *process
}

// Read decodes a picture file to BGR of 8 bits. Errors do not name the file.
func (s *Stills) Read(path string, m *gocv.Mat) (err error) {
	f, err := openFile(path)
	if err != nil {
		return errors.Unwrap(err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	data, err := io.ReadAll(io.LimitReader(f, maxStill+1))
	if err != nil {
		return err
	}
	return s.Decode(data, m)
}

// Decode is Read for a picture that is in memory.
func (s *Stills) Decode(data []byte, m *gocv.Mat) error {
	if len(data) > maxStill {
		return fmt.Errorf("more than %d MB: too large for a picture", maxStill>>20)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process == nil {
		p, err := start(context.Background(), nil)
		if err != nil {
			return err
		}
		s.process = p
	}
	err := s.process.ask(&request{Kind: kindStills, Size: len(data)}, data)
	text := ""
	if err == nil {
		text, err = s.process.answer(m, stillPatience)
	}
	if err != nil {
		return errors.Join(err, s.end())
	}
	switch s.process.header.kind {
	case answerPicture:
		return nil
	case answerDamaged:
		return damaged(text)
	case answerError:
		return errors.New(text)
	}
	return errors.Join(errProtocol, s.end())
}

// Close ends the process.
func (s *Stills) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.end()
}

func (s *Stills) end() error {
	if s.process == nil {
		return nil
	}
	p := s.process
	s.process = nil
	return p.close()
}

package decode

// PID is the decoder's process.
func (s *Stream) PID() int { return s.process.cmd.Process.Pid }

// PID is the decoder's process.
func (s *Stills) PID() int { return s.process.cmd.Process.Pid }

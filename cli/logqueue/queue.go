// Package logqueue keeps a log that nobody reads from holding up the daemon.
package logqueue

import (
	"io"
	"sync"
	"time"
)

// maxBytes is how much of the log waits for its reader. What comes then is lost, and counted.
const maxBytes = 1 << 20

// Queue hands on to Out what is written to it, in a goroutine of its own: Write never waits. Each Write is one line of the log.
type Queue struct {
	Out    io.Writer
	OnLost func(lines uint64) // called once Out takes lines again, from the goroutine that writes; it may write to the queue

	mu    sync.Mutex
	lines []byte        // that wait
	spare []byte        // what lines use next; drain's
	empty chan struct{} // closed once Out has taken everything; nil: it has
	lost  uint64        // lines since Out took any
}

// Write copies a line. It reports success for a line that is lost: a logger could do nothing about it.
func (q *Queue) Write(line []byte) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.lines)+len(line) > maxBytes {
		q.lost++
		return len(line), nil
	}
	q.lines = append(q.lines, line...)
	if q.empty == nil {
		q.empty = make(chan struct{})
		go q.drain()
	}
	return len(line), nil
}

// Flush waits until Out has taken everything, for at most limit, and says whether it has.
func (q *Queue) Flush(limit time.Duration) bool {
	q.mu.Lock()
	empty := q.empty
	q.mu.Unlock()
	if empty == nil {
		return true
	}
	select {
	case <-empty:
		return true
	case <-time.After(limit):
		return false
	}
}

// drain writes until nothing waits.
func (q *Queue) drain() {
	for {
		q.mu.Lock()
		if len(q.lines) == 0 {
			close(q.empty)
			q.empty = nil
			q.mu.Unlock()
			return
		}
		taken, lost := q.lines, q.lost
		q.lines, q.lost = q.spare[:0], 0
		q.mu.Unlock()
		if lost > 0 && q.OnLost != nil { // there is room now, and what was lost came behind what was taken
			q.OnLost(lost)
		}
		_, _ = q.Out.Write(taken) // there is nowhere to say that the log cannot be written
		q.spare = taken
	}
}

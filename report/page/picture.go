package page

import (
	"sync"
	"sync/atomic"
)

// picture is one encoded JPEG, shared by everyone who watches the camera; its bytes are used again after the last lets go.
type picture struct {
	jpeg []byte
	seq  uint64 // counts the camera's pictures from 1
	refs atomic.Int32
	pool *sync.Pool
}

// newPicture returns a copy of jpeg with one reference.
func newPicture(pool *sync.Pool, jpeg []byte) *picture {
	p, ok := pool.Get().(*picture)
	if !ok {
		p = &picture{pool: pool}
	}
	p.jpeg = append(p.jpeg[:0], jpeg...)
	p.refs.Store(1)
	return p
}

func (p *picture) hold() *picture {
	p.refs.Add(1)
	return p
}

func (p *picture) release() {
	if p.refs.Add(-1) == 0 {
		p.pool.Put(p)
	}
}

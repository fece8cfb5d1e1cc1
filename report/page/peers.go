package page

import (
	"net"
	"sync"
)

const (
	maxConnections     = 256 // open at a time
	maxPeerConnections = 64  // of them, from one address
	maxStreams         = 64  // open pictures and event streams together
	maxPeerStreams     = 32  // of them, to one address
)

// peers bounds how much is open, in all and by one address, so that one client cannot take everything.
type peers struct {
	all, each int

	mu    sync.Mutex
	total int
	open  map[string]int // by network
}

// take counts one in, unless there are too many.
func (p *peers) take(peer string) bool {
	peer = network(peer)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.total >= p.all || p.open[peer] >= p.each {
		return false
	}
	if p.open == nil {
		p.open = map[string]int{}
	}
	p.total++
	p.open[peer]++
	return true
}

func (p *peers) release(peer string) {
	peer = network(peer)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.total--
	if p.open[peer]--; p.open[peer] == 0 {
		delete(p.open, peer)
	}
}

// peerOf is the IP address of who is at the other end.
func peerOf(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	return host
}

// bounded closes connections at once that are too many.
type bounded struct {
	net.Listener
	peers peers
}

// Accept returns the next connection that there is room for.
func (b *bounded) Accept() (net.Conn, error) {
	for {
		conn, err := b.Listener.Accept()
		if err != nil {
			return nil, err
		}
		peer := peerOf(conn.RemoteAddr().String())
		if b.peers.take(peer) {
			return &counted{Conn: conn, release: sync.OnceFunc(func() { b.peers.release(peer) })}, nil
		}
		_ = conn.Close() // it was never read from
	}
}

// counted is a connection that makes room for another when it is closed.
type counted struct {
	net.Conn
	release func()
}

// Close closes the connection.
func (c *counted) Close() error {
	defer c.release()
	return c.Conn.Close()
}

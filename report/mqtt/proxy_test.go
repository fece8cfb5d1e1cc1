package mqtt_test

import (
	"net"
	"sync"
	"testing"
	"time"
)

// proxy stands between publisher and broker, as the network does, and fails on request.
type proxy struct {
	listener net.Listener
	to       string
	wg       sync.WaitGroup

	mu    sync.Mutex
	conns []net.Conn
	open  bool // false: connections are closed as soon as they come
	mute  bool // what either side says is lost

	delay time.Duration // of all that the broker says
}

func startProxy(t testing.TB, to string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: l, to: to, open: true}
	p.wg.Go(p.accept)
	t.Cleanup(func() {
		_ = l.Close()
		p.set(false, false)
		p.wg.Wait()
	})
	return p
}

func (p *proxy) addr() string { return p.listener.Addr().String() }

// set opens, closes or mutes the way; closing breaks the connections there are.
func (p *proxy) set(open, mute bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open, p.mute = open, mute
	if !open {
		for _, c := range p.conns {
			_ = c.Close()
		}
		p.conns = nil
	}
}

// slow delays all that the broker says on connections that come from now on.
func (p *proxy) slow(delay time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay = delay
}

func (p *proxy) accept() {
	for {
		near, err := p.listener.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", p.to)
		p.mu.Lock()
		delay := p.delay
		if err != nil || !p.open {
			_ = near.Close()
			if err == nil {
				_ = far.Close()
			}
		} else {
			p.conns = append(p.conns, near, far)
			p.wg.Go(func() { p.copy(near, far, delay) })
			p.wg.Go(func() { p.copy(far, near, 0) })
		}
		p.mu.Unlock()
	}
}

func (p *proxy) copy(to, from net.Conn, delay time.Duration) {
	defer to.Close()
	defer from.Close()
	b := make([]byte, 4096)
	for {
		n, err := from.Read(b)
		time.Sleep(delay)
		p.mu.Lock()
		mute := p.mute
		p.mu.Unlock()
		if !mute {
			if _, err := to.Write(b[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

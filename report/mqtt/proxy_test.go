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
	rate  int           // bytes a second in each direction; 0: as fast as it goes
	cut   bool          // once left bytes have passed, connections break
	reset bool          // and without a proper end
	left  int
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

// thin lets so many bytes a second pass; 0: all.
func (p *proxy) thin(rate int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rate = rate
}

// cutAfter breaks the connections once so many more bytes have passed, wherever in a packet that is.
func (p *proxy) cutAfter(bytes int, reset bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut, p.left, p.reset = true, bytes, reset
}

// heal ends every fault of the way; connections that it broke stay broken.
func (p *proxy) heal() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open, p.mute, p.delay, p.rate, p.cut = true, false, 0, 0, false
}

// chunk is what was read at once, and when it may pass.
type chunk struct {
	data []byte
	due  time.Time
}

func (p *proxy) copy(to, from net.Conn, delay time.Duration) {
	way := make(chan chunk, 1000)
	p.wg.Go(func() {
		defer close(way)
		for {
			b := make([]byte, 4096)
			n, err := from.Read(b)
			way <- chunk{b[:n], time.Now().Add(delay)}
			if err != nil {
				return
			}
		}
	})
	for c := range way {
		time.Sleep(time.Until(c.due))
		if !p.pass(to, from, c.data) {
			break
		}
	}
	_, _ = to.Close(), from.Close()
	for range way { // until the reading ends
	}
}

// pass writes what may pass; it is false once the connection is to break.
func (p *proxy) pass(to, from net.Conn, data []byte) bool {
	const step = 100 // bytes at a time of a thin link
	p.mu.Lock()
	mute, rate, broken := p.mute, p.rate, p.cut && p.left < len(data)
	if p.cut {
		data = data[:min(len(data), p.left)]
		p.left -= len(data)
	}
	if broken && p.reset {
		for _, c := range []net.Conn{to, from} {
			_ = c.(*net.TCPConn).SetLinger(0)
		}
	}
	p.mu.Unlock()
	if mute {
		return true
	}
	for rate > 0 && len(data) > step {
		if _, err := to.Write(data[:step]); err != nil {
			return false
		}
		data = data[step:]
		time.Sleep(step * time.Second / time.Duration(rate))
	}
	_, err := to.Write(data)
	return err == nil && !broken
}

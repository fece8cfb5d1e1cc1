package page

import "testing"

// TestOneNetworkIsOnePeer: the addresses of one IPv6 network share their part.
func TestOneNetworkIsOnePeer(t *testing.T) {
	p := peers{all: 4, each: 2}
	if !p.take("2001:db8::1") || !p.take("2001:db8::2") || p.take("2001:db8::3") || !p.take("2001:db8:0:1::1") || !p.take("192.0.2.1") {
		t.Errorf("%v", p.open)
	}
	p.release("2001:db8::2")
	if !p.take("2001:db8::3") {
		t.Errorf("%v", p.open)
	}
}

package mqtt

import (
	"bytes"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/eclipse/paho.mqtt.golang/packets"
	"github.com/google/go-cmp/cmp"

	"github.com/maskwarden/maskwarden/report"
)

// stream is a connection that gives some bytes, and then its end.
type stream struct {
	net.Conn
	io.Reader
}

func (s stream) Read(p []byte) (int, error) { return s.Reader.Read(p) }

// packet is a message as a broker sends it.
func packet(t testing.TB, topic string, payload int) []byte {
	t.Helper()
	p := packets.NewControlPacket(packets.Publish).(*packets.PublishPacket)
	p.TopicName, p.Qos, p.MessageID, p.Payload = topic, 1, 7, bytes.Repeat([]byte("x"), payload)
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestBounded: short messages pass as they are, long ones come emptied, with topic and number.
func TestBounded(t *testing.T) {
	var sent []byte
	for _, size := range []int{0, 100, maxMessage - 20, maxMessage + 1, 3 << 20, 5} {
		sent = append(sent, packet(t, "a/b", size)...)
	}
	var refused []int
	b := newBounded(stream{Reader: bytes.NewReader(sent)}, func(topic string, size int) { refused = append(refused, size) })
	var got []int
	for {
		p, err := packets.ReadPacket(b)
		if err != nil {
			break
		}
		m := p.(*packets.PublishPacket)
		if m.TopicName != "a/b" || m.MessageID != 7 || m.Qos != 1 {
			t.Errorf("%+v", m)
		}
		got = append(got, len(m.Payload))
	}
	if diff := cmp.Diff([]int{0, 100, maxMessage - 20, 1, 1, 5}, got); diff != "" {
		t.Error(diff)
	}
	if len(refused) != 2 {
		t.Errorf("refused %v", refused)
	}
}

// FuzzBounded reads any bytes as what a broker sends: the client never gets a packet that is longer than it may be.
func FuzzBounded(f *testing.F) {
	f.Add(packet(f, "maskwarden/door/cmd/state", 10))
	f.Add(packet(f, "t", maxMessage+10)[:maxMessage+5])
	f.Add([]byte{0x32, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff})
	f.Add([]byte{0x20, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80})
	f.Fuzz(func(t *testing.T, data []byte) {
		b := newBounded(stream{Reader: bytes.NewReader(data)}, func(string, int) {})
		for {
			if err := func() error {
				if len(b.head) == 0 && b.rest == 0 {
					if err := b.next(); err != nil {
						return err
					}
				}
				if b.rest > maxMessage || len(b.head) > maxMessage+16 {
					t.Fatalf("a packet of %d and %d bytes", len(b.head), b.rest)
				}
				_, err := b.Read(make([]byte, 1000))
				return err
			}(); err != nil {
				return
			}
		}
	})
}

// FuzzCommand reads any bytes as a command's payload.
func FuzzCommand(f *testing.F) {
	for _, text := range []string{"", "PRESS", `{"id":"a"}`, `{"id":"\u001b[2J"}`, `{"id":1}`, "{}{}", "\x00"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		id, err := commandID(payload)
		if len(id) > maxID || report.Clean(id, maxID) != id || err != nil && id != "" {
			t.Errorf("%q: id %q, %v", payload, id, err)
		}
		if err == nil && id != "" && !strings.Contains(string(payload), "{") {
			t.Errorf("%q is no JSON, and has the id %q", payload, id)
		}
	})
}

// FuzzState reads any bytes as a state on the device's topic: who claims to be another daemon is shown by a short, clean name.
func FuzzState(f *testing.F) {
	for _, text := range []string{`{"instance":"x"}`, `{"instance":"own"}`, `{"instance":"\u001b[2J","time":"2026-11-27T00:00:00Z"}`, `{"instance":["x"]}`, "", "[[[["} {
		f.Add([]byte(text), false, false)
		f.Add([]byte(text), true, true)
	}
	f.Fuzz(func(t *testing.T, payload []byte, retained, before bool) {
		var d duplicateDetector
		for range 3 {
			other := d.observe(payload, "own", retained, before)
			if other == "own" || len(other) > maxInstance || report.Clean(other, maxInstance) != other {
				t.Fatalf("%q is of %q", payload, other)
			}
		}
		if d.echoes > 3 || len(d.kicks) > 0 || d.shown {
			t.Fatalf("%q is more than a claim: %+v", payload, &d)
		}
	})
}

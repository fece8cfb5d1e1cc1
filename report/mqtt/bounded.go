package mqtt

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
)

// maxMessage is the longest message that is read, in bytes: more than any command or state of ours.
const maxMessage = 64 << 10

const (
	publishPacket = 3
	// emptied is the payload in place of one that is too long. It is neither a command nor JSON.
	emptied = 0
)

// bounded is a connection from which long messages come emptied. The MQTT client reads a message whole before anybody can refuse it,
// so that one message could fill the memory.
type bounded struct {
	net.Conn
	refused func(topic string, size int) // called for each message that is too long

	r    *bufio.Reader
	head []byte // handed out before the rest of the packet
	rest int    // bytes of the packet that are still to be read
}

func newBounded(c net.Conn, refused func(topic string, size int)) *bounded {
	return &bounded{Conn: c, refused: refused, r: bufio.NewReader(c)}
}

// Read returns the next bytes of the stream of packets.
func (b *bounded) Read(p []byte) (int, error) {
	if len(b.head) == 0 && b.rest == 0 {
		if err := b.next(); err != nil {
			return 0, err
		}
	}
	if len(b.head) > 0 {
		n := copy(p, b.head)
		b.head = b.head[n:]
		return n, nil
	}
	n, err := b.r.Read(p[:min(len(p), b.rest)])
	b.rest -= n
	return n, err //nolint:wrapcheck // the client tells io.EOF apart
}

// next reads the head of a packet (MQTT 3.1.1, 2.2), and all of a message that is too long.
func (b *bounded) next() error {
	kind, err := b.r.ReadByte()
	if err != nil {
		return err //nolint:wrapcheck // the client tells io.EOF apart
	}
	size, err := binary.ReadUvarint(b.r) // the same encoding
	if err != nil {
		return fmt.Errorf("the length of a packet: %w", err)
	}
	const most = 1<<28 - 1
	switch {
	case size > most:
		return errors.New("the broker sends what is no MQTT packet")
	case size <= maxMessage:
		b.head, b.rest = binary.AppendUvarint(append(b.head[:0], kind), size), int(size)
		return nil
	case kind>>4 != publishPacket:
		return fmt.Errorf("the broker sends a packet of %d bytes that is no message", size)
	}
	return b.empty(kind, int(size))
}

// empty reads a message, and keeps its topic and number only.
func (b *bounded) empty(kind byte, size int) error {
	var length [2]byte
	if _, err := io.ReadFull(b.r, length[:]); err != nil {
		return fmt.Errorf("a topic: %w", err)
	}
	n := int(binary.BigEndian.Uint16(length[:]))
	fixed := n
	if kind&0x06 != 0 { // with a quality of service comes a packet's number
		fixed += 2
	}
	kept := make([]byte, fixed)
	if _, err := io.ReadFull(b.r, kept); err != nil {
		return fmt.Errorf("a topic: %w", err)
	}
	if _, err := io.CopyN(io.Discard, b.r, int64(size-len(length)-fixed)); err != nil {
		return fmt.Errorf("a long message: %w", err)
	}
	b.refused(string(kept[:n]), size)
	b.head = binary.AppendUvarint(append(b.head[:0], kind), uint64(len(length)+fixed+1))
	b.head = append(append(append(b.head, length[:]...), kept...), emptied)
	return nil
}

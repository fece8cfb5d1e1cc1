package outbox

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"time"
)

// A record is its head and its payload. The head: 4 bytes that no JSON text holds, the payload's length, a CRC-32C of all that follows
// and of the length, the kind, the number, and the outbox's clock in milliseconds.
const (
	headSize   = 29
	maxPayload = 1 << 16
	eventKind  = 'E'
	markKind   = 'M'
)

type record struct {
	kind    byte
	seq     uint64        // of an event: its own; of a mark: the next one
	at      time.Duration // the outbox's clock
	payload []byte
}

// mark says what is done and what was given out. It stands at the head of each file and wherever something changed.
type mark struct {
	Low      uint64      `json:"low"`                // events with smaller numbers are done
	Reserved uint64      `json:"reserved"`           // numbers up to here may have been given out
	Dropped  uint64      `json:"dropped,omitempty"`  // events lost since the outbox was first made
	Reported uint64      `json:"reported,omitempty"` // of these, those that were reported to readers
	Boot     string      `json:"boot"`               // changes with each start of the machine
	Up       int64       `json:"up"`                 // milliseconds since that start
	Done     [][2]uint64 `json:"done,omitempty"`     // more events that are done, first and last
	Closed   bool        `json:"closed,omitempty"`   // nothing came after it: no number but those before this mark's was given out
}

func magic() []byte { return []byte{0xFE, 'o', 'b', 0xFF} }

func (r record) append(b []byte) []byte {
	begin := len(b)
	b = append(b, magic()...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(r.payload)))
	b = append(b, 0, 0, 0, 0, r.kind)
	b = binary.BigEndian.AppendUint64(b, r.seq)
	b = binary.BigEndian.AppendUint64(b, uint64(r.at.Milliseconds()))
	b = append(b, r.payload...)
	binary.BigEndian.PutUint32(b[begin+8:], checksum(b[begin:]))
	return b
}

func (m mark) record(seq uint64, at time.Duration) record {
	text, _ := json.Marshal(m) // numbers and a text never fail
	return record{markKind, seq, at, text}
}

func checksum(b []byte) uint32 {
	table := crc32.MakeTable(crc32.Castagnoli)
	return crc32.Update(crc32.Checksum(b[4:8], table), table, b[12:])
}

// parse reads the record that b begins with, and its length.
func parse(b []byte) (r record, n int, ok bool) {
	if len(b) < headSize || !bytes.HasPrefix(b, magic()) {
		return record{}, 0, false
	}
	size := binary.BigEndian.Uint32(b[4:])
	if size > maxPayload || int(size) > len(b)-headSize {
		return record{}, 0, false
	}
	n = headSize + int(size)
	if checksum(b[:n]) != binary.BigEndian.Uint32(b[8:]) {
		return record{}, 0, false
	}
	r = record{b[12], binary.BigEndian.Uint64(b[13:]), time.Duration(binary.BigEndian.Uint64(b[21:])) * time.Millisecond, b[headSize:n]}
	return r, n, r.seq <= maxSeq && r.at >= 0 && r.at <= maxClock
}

const (
	maxSeq   = 1 << 53 // JavaScript counts no further
	maxClock = 1 << 62
)

// scan calls each for every whole record, and goes on after what is none. end is where the last whole record ends; damaged counts the
// bytes before it that are part of none.
func scan(data []byte, each func(record)) (end, damaged int) {
	for at := 0; at < len(data); {
		if r, n, ok := parse(data[at:]); ok {
			damaged += at - end
			at += n
			end = at
			each(r)
			continue
		}
		next := bytes.Index(data[at+1:], magic())
		if next < 0 {
			break
		}
		at += 1 + next
	}
	return end, damaged
}

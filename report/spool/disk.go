package spool

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"runtime/debug"
	"time"

	bolt "go.etcd.io/bbolt"
)

var errCorrupt = errors.New("corrupt")

// clockSet is a time that every set clock has passed. A camera without a battery clock starts in 1970: entries from
// before the network gave it the time have no known age.
const clockSet = 1_700_000_000

// disk is the open file: one bucket of entries by sequence number.
type disk struct {
	db    *bolt.DB
	file  *os.File
	count int
	bytes int64  // of payload
	last  uint64 // highest number ever given out
	lost  int    // entries found corrupt while opening
}

// limits say what may stay in the file.
type limits struct {
	events int
	bytes  int64
	oldest time.Time
}

func bucket() []byte { return []byte("events") }

// guard calls f and turns a panic or a memory fault, bbolt's answers to a corrupt file, into errCorrupt.
func guard(f func() error) (err error) {
	was := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(was)
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", errCorrupt, r)
		}
	}()
	return f()
}

// load counts the entries and removes those whose checksum is wrong.
func (d *disk) load() error {
	return guard(func() error {
		return d.db.Update(func(tx *bolt.Tx) error {
			b, err := tx.CreateBucketIfNotExists(bucket())
			if err != nil {
				return fmt.Errorf("%w: %w", errCorrupt, err)
			}
			d.last = b.Sequence()
			var bad [][]byte
			c := b.Cursor()
			for k, v := c.First(); k != nil; k, v = c.Next() {
				e, ok := decode(k, v)
				if !ok {
					bad = append(bad, k)
					continue
				}
				d.count++
				d.bytes += int64(len(e.Payload))
				d.last = max(d.last, e.Seq)
			}
			if d.last > 1<<62 {
				return fmt.Errorf("%w: sequence number %d", errCorrupt, d.last)
			}
			d.lost = len(bad)
			for _, k := range bad {
				if err := b.Delete(k); err != nil {
					return fmt.Errorf("%w: %w", errCorrupt, err)
				}
			}
			return nil
		})
	})
}

// read returns up to n entries after a number. Payloads are copies.
func (d *disk) read(after uint64, n int) ([]Entry, error) {
	entries := make([]Entry, 0, n)
	err := guard(func() error {
		return d.db.View(func(tx *bolt.Tx) error {
			c := tx.Bucket(bucket()).Cursor()
			for k, v := c.Seek(key(after + 1)); k != nil && len(entries) < n; k, v = c.Next() {
				e, ok := decode(k, v)
				if !ok {
					return fmt.Errorf("%w: entry %x", errCorrupt, k)
				}
				e.Payload = append([]byte(nil), e.Payload...)
				entries = append(entries, e)
			}
			return nil
		})
	})
	return entries, err
}

// errNothing ends a transaction that has nothing to write without an fsync.
var errNothing = errors.New("nothing to write")

// write adds entries, removes those up to acked, and then the oldest until the limits hold; it returns how many of
// these there were. All or nothing of it reaches the disk.
func (d *disk) write(entries []Entry, acked uint64, l limits) (dropped int, err error) {
	after := *d
	err = guard(func() error {
		return d.db.Update(func(tx *bolt.Tx) error {
			b := tx.Bucket(bucket())
			for _, e := range entries {
				if e.Seq <= acked {
					continue
				}
				if err := b.Put(key(e.Seq), encode(e)); err != nil {
					return err
				}
				after.count++
				after.bytes += int64(len(e.Payload))
				after.last = max(after.last, e.Seq)
			}
			remove := after.surplus(b.Cursor(), acked, l, &dropped)
			if after.last == d.last && len(remove) == 0 {
				return errNothing
			}
			for _, k := range remove {
				if err := b.Delete(k); err != nil {
					return err
				}
			}
			return b.SetSequence(after.last)
		})
	})
	if errors.Is(err, errNothing) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	*d = after
	return dropped, nil
}

// surplus returns the keys of the entries to remove, and takes them off d's counts.
func (d *disk) surplus(c *bolt.Cursor, acked uint64, l limits, dropped *int) [][]byte {
	var keys [][]byte
	for k, v := c.First(); k != nil; k, v = c.Next() {
		e, ok := decode(k, v)
		delivered := ok && e.Seq <= acked
		old := e.time.Unix() > clockSet && e.time.Before(l.oldest)
		if ok && !delivered && !old && d.count <= l.events && d.bytes <= l.bytes {
			break
		}
		if !delivered {
			*dropped++
		}
		d.count--
		d.bytes -= int64(len(e.Payload))
		keys = append(keys, append([]byte(nil), k...))
	}
	return keys
}

func key(seq uint64) []byte { return binary.BigEndian.AppendUint64(nil, seq) }

const header = 12 // of a value: 8 bytes time in nanoseconds since 1970, 4 bytes checksum of key, time and payload

func encode(e Entry) []byte {
	v := make([]byte, header, header+len(e.Payload))
	binary.BigEndian.PutUint64(v, uint64(e.time.UnixNano()))
	v = append(v, e.Payload...)
	binary.BigEndian.PutUint32(v[8:], checksum(key(e.Seq), v))
	return v
}

// decode returns the entry of a key and value; its payload is part of v.
func decode(k, v []byte) (Entry, bool) {
	if len(k) != 8 || len(v) < header || checksum(k, v) != binary.BigEndian.Uint32(v[8:]) {
		return Entry{}, false
	}
	at := time.Unix(0, int64(binary.BigEndian.Uint64(v)))
	return Entry{Seq: binary.BigEndian.Uint64(k), Payload: v[header:], time: at}, true
}

func checksum(k, v []byte) uint32 {
	table := crc32.MakeTable(crc32.Castagnoli)
	sum := crc32.Update(crc32.Checksum(k, table), table, v[:8])
	return crc32.Update(sum, table, v[header:])
}

package spool

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
)

// bbolt trusts its file: a flipped bit can make it panic, or follow a page to itself until the stack is full, which
// cannot be recovered from. So the pages are walked before it opens them. The format is bbolt's version 2
// (go.etcd.io/bbolt/internal/common: page.go, meta.go, inode.go), in the machine's byte order.
const (
	boltMagic   = 0xED0CDAED
	boltVersion = 2
	branchPage  = 0x01
	leafPage    = 0x02
	freePage    = 0x10
	pageHeader  = 16
	element     = 16
	noFreelist  = ^uint64(0)
)

type checker struct {
	r    io.ReaderAt
	page uint64 // size in bytes
	end  uint64 // first page beyond the database
	seen map[uint64]bool
}

func corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errCorrupt, fmt.Sprintf(format, args...))
}

// check walks everything that a reader or writer of the database could reach.
func check(r io.ReaderAt, size int64) error {
	m, err := newestMeta(r, size)
	if err != nil {
		return err
	}
	c := &checker{r: r, page: m.pageSize, end: m.pages, seen: map[uint64]bool{}}
	if m.pages > uint64(size)/m.pageSize {
		return corrupt("the file is cut off: %d bytes, want %d pages of %d", size, m.pages, m.pageSize)
	}
	if err := c.tree(m.root, nil, nil); err != nil {
		return err
	}
	return c.freelist(m.freelist)
}

// load reads a page with all that overflows, each page once.
func (c *checker) load(id uint64) (p []byte, flags uint16, count int, err error) {
	if id < 2 || id >= c.end {
		return nil, 0, 0, corrupt("page %d of %d", id, c.end)
	}
	p = make([]byte, c.page)
	if _, err := c.r.ReadAt(p, int64(id*c.page)); err != nil {
		return nil, 0, 0, err
	}
	n := binary.NativeEndian
	more := uint64(n.Uint32(p[12:]))
	if n.Uint64(p) != id || id+more >= c.end {
		return nil, 0, 0, corrupt("header of page %d", id)
	}
	for i := id; i <= id+more; i++ {
		if c.seen[i] {
			return nil, 0, 0, corrupt("page %d is used twice", i)
		}
		c.seen[i] = true
	}
	if more > 0 {
		p = make([]byte, (1+more)*c.page)
		if _, err := c.r.ReadAt(p, int64(id*c.page)); err != nil {
			return nil, 0, 0, err
		}
	}
	return p, n.Uint16(p[8:]), int(n.Uint16(p[10:])), nil
}

// tree walks a B+ tree whose keys are at least low and less than high; nil is no bound.
func (c *checker) tree(id uint64, low, high []byte) error {
	p, flags, count, err := c.load(id)
	if err != nil {
		return err
	}
	if flags == leafPage {
		return c.leaf(id, p, count, low, high)
	}
	if flags != branchPage || count == 0 {
		return corrupt("page %d is neither branch nor leaf", id)
	}
	keys, children := make([][]byte, count), make([]uint64, count)
	for i := range count {
		at := uint64(pageHeader + i*element)
		if at+element > uint64(len(p)) {
			return corrupt("elements of page %d", id)
		}
		e := p[at:]
		children[i] = binary.NativeEndian.Uint64(e[8:])
		if keys[i], err = part(p, at, binary.NativeEndian.Uint32(e), 0, binary.NativeEndian.Uint32(e[4:])); err != nil {
			return err
		}
	}
	for i := range keys {
		next := high
		if i+1 < count {
			next = keys[i+1]
		}
		if !ordered(low, keys[i], next) {
			return corrupt("order of keys on page %d", id)
		}
		low = keys[i]
		if err := c.tree(children[i], keys[i], next); err != nil {
			return err
		}
	}
	return nil
}

func (c *checker) leaf(id uint64, p []byte, count int, low, high []byte) error {
	for i := range count {
		at := uint64(pageHeader + i*element)
		if at+element > uint64(len(p)) {
			return corrupt("elements of page %d", id)
		}
		n, e := binary.NativeEndian, p[at:]
		flags, pos, ksize, vsize := n.Uint32(e), n.Uint32(e[4:]), n.Uint32(e[8:]), n.Uint32(e[12:])
		key, err := part(p, at, pos, 0, ksize)
		if err != nil {
			return err
		}
		value, err := part(p, at, pos, uint64(ksize), vsize)
		if err != nil {
			return err
		}
		if !ordered(low, key, high) || i > 0 && bytes.Equal(low, key) || ksize == 0 {
			return corrupt("order of keys on page %d", id)
		}
		low = key
		switch flags {
		case 0:
		case 1:
			if err := c.bucket(id, value); err != nil {
				return err
			}
		default:
			return corrupt("element %d of page %d", i, id)
		}
	}
	return nil
}

// bucket walks the tree of a bucket, or its only page where that is kept inline.
func (c *checker) bucket(id uint64, value []byte) error {
	if len(value) < 16 {
		return corrupt("bucket on page %d", id)
	}
	n := binary.NativeEndian
	if root := n.Uint64(value); root != 0 {
		return c.tree(root, nil, nil)
	}
	p := value[16:]
	if len(p) < pageHeader || n.Uint16(p[8:]) != leafPage {
		return corrupt("inline bucket on page %d", id)
	}
	return c.leaf(id, p, int(n.Uint16(p[10:])), nil, nil)
}

func (c *checker) freelist(id uint64) error {
	if id == noFreelist {
		return nil
	}
	p, flags, count, err := c.load(id)
	if err != nil {
		return err
	}
	ids := p[pageHeader:]
	entries := uint64(count)
	if count == 0xFFFF { // more do not fit: the first entry is the number
		entries, ids = binary.NativeEndian.Uint64(ids), ids[8:]
	}
	if flags != freePage || entries > uint64(len(ids)/8) {
		return corrupt("list of free pages on page %d", id)
	}
	for i := range entries {
		free := binary.NativeEndian.Uint64(ids[i*8:])
		if free < 2 || free >= c.end || c.seen[free] {
			return corrupt("free page %d", free)
		}
		c.seen[free] = true
	}
	return nil
}

// part returns the bytes of a key or value whose element stands at a place in the page.
func part(p []byte, at uint64, pos uint32, skip uint64, size uint32) ([]byte, error) {
	from := at + uint64(pos) + skip
	if from+uint64(size) > uint64(len(p)) {
		return nil, corrupt("an element reaches beyond its page")
	}
	return p[from : from+uint64(size)], nil
}

func ordered(low, key, high []byte) bool {
	return bytes.Compare(low, key) <= 0 && (high == nil || bytes.Compare(key, high) < 0)
}

type meta struct{ pageSize, root, freelist, pages, txid uint64 }

// newestMeta returns the valid one of the two meta pages that was written last.
func newestMeta(r io.ReaderAt, size int64) (meta, error) {
	best, found := readMeta(r, 0)
	for at := int64(1024); !found && at <= 1<<24 && at < size; at *= 2 {
		best, found = readMeta(r, at)
	}
	if !found {
		return meta{}, corrupt("no valid header")
	}
	if second, ok := readMeta(r, int64(best.pageSize)); ok && second.txid > best.txid {
		best = second
	}
	return best, nil
}

func readMeta(r io.ReaderAt, at int64) (meta, bool) {
	var b [80]byte
	if _, err := r.ReadAt(b[:], at); err != nil {
		return meta{}, false
	}
	n, m := binary.NativeEndian, b[pageHeader:]
	sum := fnv.New64a()
	_, _ = sum.Write(m[:56]) // a hash never fails
	out := meta{uint64(n.Uint32(m[8:])), n.Uint64(m[16:]), n.Uint64(m[32:]), n.Uint64(m[40:]), n.Uint64(m[48:])}
	return out, n.Uint32(m) == boltMagic && n.Uint32(m[4:]) == boltVersion && n.Uint64(m[56:]) == sum.Sum64() &&
		out.pageSize >= 1024 && out.pageSize&(out.pageSize-1) == 0
}

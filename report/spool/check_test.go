package spool

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/fnv"
	"math"
	"slices"
	"strings"
	"testing"
)

const small = 1024 // size of the pages in these tests

// built is a database of small pages, made by hand: every field can be wrong.
type built struct {
	pages                [][]byte // from page 2 on
	root, freelist, high uint64
}

func (b built) bytes() []byte {
	data := slices.Concat(metaPage(0, meta{small, b.root, b.freelist, b.high, 7}), metaPage(1, meta{small, 1, 1, 1, 6}))
	for _, p := range b.pages {
		data = append(data, p...)
	}
	return data
}

func metaPage(id uint64, m meta) []byte {
	p := newPage(id, 0x04, 0, 0)
	n, b := binary.NativeEndian, p[pageHeader:]
	n.PutUint32(b, boltMagic)
	n.PutUint32(b[4:], boltVersion)
	n.PutUint32(b[8:], uint32(m.pageSize))
	n.PutUint64(b[16:], m.root)
	n.PutUint64(b[32:], m.freelist)
	n.PutUint64(b[40:], m.pages)
	n.PutUint64(b[48:], m.txid)
	sign(b)
	return p
}

func sign(m []byte) {
	sum := fnv.New64a()
	_, _ = sum.Write(m[:56])
	binary.NativeEndian.PutUint64(m[56:], sum.Sum64())
}

func newPage(id uint64, flags, count uint16, overflow uint32) []byte {
	p := make([]byte, small*(1+overflow))
	n := binary.NativeEndian
	n.PutUint64(p, id)
	n.PutUint16(p[8:], flags)
	n.PutUint16(p[10:], count)
	n.PutUint32(p[12:], overflow)
	return p
}

type pair struct {
	flags      uint32
	key, value string
}

// leafOf is a leaf page with these elements.
func leafOf(id uint64, pairs ...pair) []byte {
	p := newPage(id, leafPage, uint16(len(pairs)), 0)
	n, end := binary.NativeEndian, pageHeader+len(pairs)*element
	for i, e := range pairs {
		at := pageHeader + i*element
		n.PutUint32(p[at:], e.flags)
		n.PutUint32(p[at+4:], uint32(end-at))
		n.PutUint32(p[at+8:], uint32(len(e.key)))
		n.PutUint32(p[at+12:], uint32(len(e.value)))
		end += copy(p[end:], e.key+e.value)
	}
	return p
}

// below is one element of a branch page.
type below struct {
	key string
	id  uint64
}

func branchOf(id uint64, children ...below) []byte {
	p := newPage(id, branchPage, uint16(len(children)), 0)
	n, end := binary.NativeEndian, pageHeader+len(children)*element
	for i, c := range children {
		at := pageHeader + i*element
		n.PutUint32(p[at:], uint32(end-at))
		n.PutUint32(p[at+4:], uint32(len(c.key)))
		n.PutUint64(p[at+8:], c.id)
		end += copy(p[end:], c.key)
	}
	return p
}

func freelistOf(id uint64, count uint16, ids ...uint64) []byte {
	p := newPage(id, freePage, count, 0)
	for i, free := range ids {
		binary.NativeEndian.PutUint64(p[pageHeader+8*i:], free)
	}
	return p
}

// bucketAt is the value of a bucket whose tree begins at a page; 0 is for one that is kept inline.
func bucketAt(root uint64, inline ...byte) string {
	return string(binary.NativeEndian.AppendUint64(nil, root)) + "sequence" + string(inline)
}

// good is a database with each kind of page: a tree of two leaves in a bucket, an inline bucket, and a list of one free page.
func good() built {
	return built{root: 2, freelist: 6, high: 8, pages: [][]byte{
		leafOf(2, pair{1, "events", bucketAt(3)}, pair{1, "inline", bucketAt(0, leafOf(0, pair{0, "k", "v"})[:40]...)}),
		branchOf(3, below{"b", 4}, below{"d", 5}),
		leafOf(4, pair{0, "b", "1"}, pair{0, "c", "2"}),
		leafOf(5, pair{0, "d", "3"}),
		freelistOf(6, 1, 7),
		newPage(7, 0, 0, 0),
	}}
}

func TestCheck(t *testing.T) {
	n := binary.NativeEndian
	for _, c := range []struct {
		name   string
		change func(b *built)
		want   string // in the error, "" for none
	}{
		{"good", func(*built) {}, ""},
		{"no list of free pages", func(b *built) { b.freelist = math.MaxUint64 }, ""},
		{"more pages than the file", func(b *built) { b.high = 9 }, "the file is cut off: 8192 bytes, want 9 pages of 1024"},
		{"root is a header", func(b *built) { b.root = 1 }, "page 1 of 8"},
		{"root beyond the end", func(b *built) { b.root = 8 }, "page 8 of 8"},
		{"another page's number", func(b *built) { n.PutUint64(b.pages[1], 4) }, "header of page 3"},
		{"overflow beyond the end", func(b *built) { n.PutUint32(b.pages[1][12:], 5) }, "header of page 3"},
		{"overflow up to the end", func(b *built) { n.PutUint32(b.pages[1][12:], 4) }, "page 4 is used twice"},
		{"a page in two places", func(b *built) { b.pages[1] = branchOf(3, below{"b", 4}, below{"d", 4}) }, "page 4 is used twice"},
		{"a page below itself", func(b *built) { b.pages[1] = branchOf(3, below{"b", 3}) }, "page 3 is used twice"},
		{"an unknown kind", func(b *built) { n.PutUint16(b.pages[1][8:], branchPage|leafPage) }, "page 3 is neither branch nor leaf"},
		{"an empty branch", func(b *built) { b.pages[1] = branchOf(3) }, "page 3 is neither branch nor leaf"},
		{"branches in the wrong order", func(b *built) { b.pages[1] = branchOf(3, below{"d", 5}, below{"b", 4}) }, "order of keys on page 3"},
		{"equal branches", func(b *built) { b.pages[1] = branchOf(3, below{"b", 4}, below{"b", 5}) }, "order of keys on page 3"},
		{"a leaf below its branch", func(b *built) { b.pages[2] = leafOf(4, pair{0, "a", ""}) }, "order of keys on page 4"},
		{"a leaf above its branch", func(b *built) { b.pages[2] = leafOf(4, pair{0, "b", ""}, pair{0, "d", ""}) }, "order of keys on page 4"},
		{"leaves in the wrong order", func(b *built) { b.pages[2] = leafOf(4, pair{0, "c", ""}, pair{0, "b", ""}) }, "order of keys on page 4"},
		{"equal leaves", func(b *built) { b.pages[2] = leafOf(4, pair{0, "b", ""}, pair{0, "b", ""}) }, "order of keys on page 4"},
		{"the last leaf has no upper bound", func(b *built) { b.pages[3] = leafOf(5, pair{0, "d", ""}, pair{0, "zzz", ""}) }, ""},
		{"an empty leaf", func(b *built) { b.pages[3] = leafOf(5) }, ""},
		{"an empty key", func(b *built) { b.pages[0] = leafOf(2, pair{0, "", "v"}) }, "order of keys on page 2"},
		{"an unknown element", func(b *built) { b.pages[2] = leafOf(4, pair{0, "b", ""}, pair{2, "c", ""}) }, "element 1 of page 4"},
		{"a branch's key beyond the page", func(b *built) { n.PutUint32(b.pages[1][pageHeader+4:], small) }, "an element reaches beyond its page"},
		{"a leaf's key beyond the page", func(b *built) { n.PutUint32(b.pages[2][pageHeader+8:], small) }, "an element reaches beyond its page"},
		{"a value beyond the page", func(b *built) { n.PutUint32(b.pages[2][pageHeader+12:], small) }, "an element reaches beyond its page"},
		{"a value after its key beyond the page", func(b *built) { n.PutUint32(b.pages[3][pageHeader+12:], small-pageHeader-element) }, "an element reaches beyond its page"},
		{"a value up to the page's end", func(b *built) { n.PutUint32(b.pages[3][pageHeader+12:], small-pageHeader-element-1) }, ""},
		{"a bucket without its head", func(b *built) { b.pages[0] = leafOf(2, pair{1, "e", bucketAt(3)[:15]}) }, "bucket on page 2"},
		{"an inline bucket without its page", func(b *built) { b.pages[0] = leafOf(2, pair{1, "e", bucketAt(0, make([]byte, 15)...)}) }, "inline bucket on page 2"},
		{"an inline branch", func(b *built) { b.pages[0] = leafOf(2, pair{1, "e", bucketAt(0, branchOf(0)[:16]...)}) }, "inline bucket on page 2"},
		{"an empty inline bucket", func(b *built) { b.pages[0] = leafOf(2, pair{1, "e", bucketAt(0, leafOf(0)[:16]...)}) }, ""},
		{"an inline element without its page", func(b *built) { b.pages[0] = leafOf(2, pair{1, "e", bucketAt(0, newPage(0, leafPage, 1, 0)[:31]...)}) }, "elements of page 2"},
		{"a bucket's page beyond the end", func(b *built) { b.pages[0] = leafOf(2, pair{1, "e", bucketAt(9)}) }, "page 9 of 8"},
		{"free pages on a page of another kind", func(b *built) { b.freelist = 7 }, "list of free pages on page 7"},
		{"free pages beyond the end", func(b *built) { b.freelist = 8 }, "page 8 of 8"},
		{"free pages on a page in use", func(b *built) { b.freelist = 3 }, "page 3 is used twice"},
		{"more free pages than fit", func(b *built) { b.pages[4] = freelistOf(6, (small-pageHeader)/8+1) }, "list of free pages on page 6"},
		{"as many free pages as fit", func(b *built) { b.pages[4] = freelistOf(6, (small-pageHeader)/8, 7) }, "free page 0"},
		{"a counted list", func(b *built) { b.pages[4] = freelistOf(6, 0xFFFF, 1, 7) }, ""},
		{"a counted list of a header", func(b *built) { b.pages[4] = freelistOf(6, 0xFFFF, 2, 7, 1) }, "free page 1"},
		{"more than a counted list holds", func(b *built) { b.pages[4] = freelistOf(6, 0xFFFF, (small-pageHeader)/8) }, "list of free pages on page 6"},
		{"a free header", func(b *built) { b.pages[4] = freelistOf(6, 1, 1) }, "free page 1"},
		{"a free page beyond the end", func(b *built) { b.pages[4] = freelistOf(6, 1, 8) }, "free page 8"},
		{"a free page in use", func(b *built) { b.pages[4] = freelistOf(6, 1, 5) }, "free page 5"},
		{"a page free twice", func(b *built) { b.pages[4] = freelistOf(6, 2, 7, 7) }, "free page 7"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := good()
			c.change(&b)
			expect(t, b.bytes(), c.want)
		})
	}
}

// expect checks a database; want is in the error, "" for none.
func expect(t *testing.T, data []byte, want string) {
	t.Helper()
	err := check(bytes.NewReader(data), int64(len(data)))
	if (want == "") != (err == nil) || err != nil && (!errors.Is(err, errCorrupt) || !strings.Contains(err.Error(), want)) {
		t.Errorf("got %v, want %q", err, want)
	}
}

// TestElements is about where the elements of a page end; the pages need not be full.
func TestElements(t *testing.T) {
	n := binary.NativeEndian
	leaf := make([]byte, pageHeader+2*element) // the keys are the elements' own first bytes
	n.PutUint32(leaf[pageHeader+8:], 1)
	n.PutUint32(leaf[pageHeader+element+8:], 2)
	c := checker{}
	if err := c.leaf(5, leaf, 2, nil, nil); err != nil {
		t.Errorf("a full leaf: %v", err)
	}
	if err := c.leaf(5, leaf[:len(leaf)-1], 2, nil, nil); err == nil || err.Error() != "corrupt: elements of page 5" {
		t.Errorf("a leaf with an element too many: %v", err)
	}
	full := newPage(3, branchPage, small/element-1, 0)
	over := newPage(3, branchPage, small/element, 0)
	for name, p := range map[string][]byte{"order of keys on page 3": full, "elements of page 3": over} {
		b := good()
		b.pages[1] = p
		expect(t, b.bytes(), name)
	}
}

// TestOverflow has a leaf of two pages: an element may stand on the second.
func TestOverflow(t *testing.T) {
	b := good()
	large := newPage(4, leafPage, 1, 1)
	copy(large[pageHeader:], leafOf(4, pair{0, "b", ""})[pageHeader:small])
	binary.NativeEndian.PutUint32(large[pageHeader+12:], 2*small-pageHeader-element-1)
	b.pages[1], b.pages[2] = branchOf(3, below{"b", 4}), large[:small]
	b.pages[3] = large[small:]
	expect(t, b.bytes(), "")
	binary.NativeEndian.PutUint32(large[pageHeader+12:], 2*small-pageHeader-element)
	expect(t, b.bytes(), "an element reaches beyond its page")
	binary.NativeEndian.PutUint32(large[pageHeader+12:], 1)
	b.pages[4] = freelistOf(6, 1, 5)
	expect(t, b.bytes(), "free page 5") // the second page of the leaf
}

// TestHeaders is about the two headers, of which the newer valid one counts.
func TestHeaders(t *testing.T) {
	data := good().bytes() // the first header is the newer one; what the second says would not pass
	change := func(header int, field int, value uint64) []byte {
		b := bytes.Clone(data)
		m := b[header*small+pageHeader:]
		if field < 16 {
			binary.NativeEndian.PutUint32(m[field:], uint32(value))
		} else {
			binary.NativeEndian.PutUint64(m[field:], value)
		}
		sign(m)
		return b
	}
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"the second is newer", change(1, 48, 8), "page 1 of 1"},
		{"both are as old", change(1, 48, 7), ""},
		{"the first is of another format", change(0, 0, 1), "page 1 of 1"},
		{"the first is of another version", change(0, 4, 3), "page 1 of 1"},
		{"the first has no power of two", change(0, 8, 1025), "page 1 of 1"},
		{"the first has tiny pages", change(0, 8, 512), "page 1 of 1"},
	} {
		t.Run(c.name, func(t *testing.T) { expect(t, c.data, c.want) })
	}
	damaged := bytes.Clone(data)
	damaged[pageHeader+24]++ // not signed
	expect(t, damaged, "page 1 of 1")
	damaged[small+pageHeader+24]++
	expect(t, damaged, "no valid header")
	second := change(1, 48, 9)
	second[small+pageHeader+56]++
	expect(t, second, "") // newer, but damaged
	expect(t, data[:pageHeader+60], "no valid header")
	large := image(t, 5) // with pages of the machine's size
	large[pageHeader]++
	expect(t, large, "")
}

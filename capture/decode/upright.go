package decode

import (
	"bytes"
	"encoding/binary"
)

// turns says how pictures of the kinds that the libraries leave as they are stored are to be turned, one after the other: in the numbers of
// EXIF's orientation, 2 to 8.
func turns(data []byte) []int {
	switch {
	case len(data) >= 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP":
		return turnsWebP(data[12:])
	case len(data) >= 12 && string(data[4:8]) == "ftyp":
		return turnsHEIF(data)
	}
	return nil
}

// turnsWebP looks for the chunk EXIF.
func turnsWebP(data []byte) []int {
	for len(data) >= 8 {
		name, size := string(data[:4]), uint64(binary.LittleEndian.Uint32(data[4:]))
		data = data[8:]
		if size > uint64(len(data)) {
			return nil
		}
		if name == "EXIF" {
			if o := exifOrientation(bytes.TrimPrefix(data[:size], []byte("Exif\x00\x00"))); o > 1 {
				return []int{o}
			}
			return nil
		}
		data = data[min(size+size&1, uint64(len(data))):]
	}
	return nil
}

// exifOrientation is the tag 0x0112 of a TIFF header's first folder; 0 = there is none.
func exifOrientation(tiff []byte) int {
	if len(tiff) < 8 {
		return 0
	}
	var order binary.ByteOrder = binary.LittleEndian
	if string(tiff[:2]) == "MM" {
		order = binary.BigEndian
	}
	at := uint64(order.Uint32(tiff[4:]))
	if at+2 > uint64(len(tiff)) {
		return 0
	}
	entries := tiff[at+2:]
	for n := order.Uint16(tiff[at:]); n > 0 && len(entries) >= 12; n-- {
		const orientation, short = 0x0112, 3
		if order.Uint16(entries) == orientation && order.Uint16(entries[2:]) == short {
			if o := int(order.Uint16(entries[8:])); o <= 8 {
				return o
			}
			return 0
		}
		entries = entries[12:]
	}
	return 0
}

// box is one of ISO 14496-12's. Its content ends where the data around it does.
type box struct {
	kind    string
	content []byte
}

func boxes(data []byte) (all []box) {
	for len(data) >= 8 {
		size, head := uint64(binary.BigEndian.Uint32(data)), uint64(8)
		if size == 1 && len(data) >= 16 {
			size, head = binary.BigEndian.Uint64(data[8:]), 16
		}
		if size == 0 || size > uint64(len(data)) {
			size = uint64(len(data))
		}
		if size < head {
			return all
		}
		all = append(all, box{string(data[4:8]), data[head:size]})
		data = data[size:]
	}
	return all
}

// inside is the content of the first box of a kind, after so many bytes of it.
func inside(all []box, kind string, skip int) []byte {
	for _, b := range all {
		if b.kind == kind && len(b.content) >= skip {
			return b.content[skip:]
		}
	}
	return nil
}

// turnsHEIF looks for the properties irot and imir of the primary item (ISO 23008-12), in their order.
func turnsHEIF(data []byte) (all []int) {
	const full = 4 // bytes of version and flags
	meta := boxes(inside(boxes(data), "meta", full))
	properties := boxes(inside(meta, "iprp", 0))
	known := boxes(inside(properties, "ipco", 0))
	for _, index := range associated(inside(properties, "ipma", 0), primary(inside(meta, "pitm", 0))) {
		if index < 1 || index > len(known) || len(known[index-1].content) < 1 {
			continue
		}
		switch value := known[index-1].content[0]; known[index-1].kind {
		case "irot": // by so many quarters, against the clock
			if quarters := value & 3; quarters > 0 {
				all = append(all, [...]int{8, 3, 6}[quarters-1])
			}
		case "imir":
			all = append(all, [...]int{4, 2}[value&1])
		}
	}
	return all
}

// numbers takes big-endian numbers of a box, and zeros behind its end.
type numbers []byte

func (n *numbers) take(size int) (v uint64) {
	if len(*n) < size {
		*n = nil
		return 0
	}
	for _, b := range (*n)[:size] {
		v = v<<8 | uint64(b)
	}
	*n = (*n)[size:]
	return v
}

func primary(pitm []byte) uint64 {
	n := numbers(pitm)
	if version := n.take(1); version > 0 {
		n.take(3)
		return n.take(4)
	}
	n.take(3)
	return n.take(2)
}

// associated are the numbers, from 1 on, of an item's properties.
func associated(ipma []byte, item uint64) (all []int) {
	n := numbers(ipma)
	version, flags := n.take(1), n.take(3)
	id, size := 2, 1
	if version > 0 {
		id = 4
	}
	if flags&1 != 0 {
		size = 2
	}
	for items := n.take(4); items > 0 && len(n) > 0; items-- {
		here := n.take(id)
		for properties := n.take(1); properties > 0 && len(n) > 0; properties-- {
			index := n.take(size) &^ (1 << (8*size - 1)) // without the bit that says whether it must be known
			if here == item {
				all = append(all, int(index))
			}
		}
	}
	return all
}

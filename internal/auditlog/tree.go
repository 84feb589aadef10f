package auditlog

import (
	"fmt"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// tree is a Merkle tree that only grows: of all its hashes it keeps the roots of its complete subtrees, at most one of each
// size, which is all that the next leaf needs.
type tree struct {
	size  int64
	roots [63]tlog.Hash // by height; those at the set bits of size count
}

// add appends a leaf and returns the root of the whole.
func (t *tree) add(leaf tlog.Hash) tlog.Hash {
	height := 0
	for ; t.size>>height&1 == 1; height++ {
		leaf = tlog.NodeHash(t.roots[height], leaf)
	}
	t.roots[height] = leaf
	t.size++
	return t.root()
}

// root joins the subtrees, the small ones first (RFC 6962, section 2.1). An empty tree has the zero hash: it is never signed.
func (t *tree) root() tlog.Hash {
	if t.size == 0 {
		return tlog.Hash{}
	}
	height := bits.TrailingZeros64(uint64(t.size)) // #nosec G115 -- a size is not negative
	root := t.roots[height]
	for height++; t.size>>height > 0; height++ {
		if t.size>>height&1 == 1 {
			root = tlog.NodeHash(t.roots[height], root)
		}
	}
	return root
}

// frontier is what has to be stored to go on from here: the roots that count, the highest first.
func (t *tree) frontier() []byte {
	var stored []byte
	for height := bits.Len64(uint64(t.size)) - 1; height >= 0; height-- { // #nosec G115 -- a size is not negative
		if t.size>>height&1 == 1 {
			stored = append(stored, t.roots[height][:]...)
		}
	}
	return stored
}

// treeAt continues a tree of this size from its frontier.
func treeAt(size int64, frontier []byte) (*tree, error) {
	if size < 0 || len(frontier) != bits.OnesCount64(uint64(size))*tlog.HashSize {
		return nil, fmt.Errorf("the frontier of a tree of %d leaves has %d bytes", size, len(frontier))
	}
	t := &tree{size: size}
	for height := bits.Len64(uint64(size)) - 1; height >= 0; height-- {
		if size>>height&1 == 1 {
			copy(t.roots[height][:], frontier)
			frontier = frontier[tlog.HashSize:]
		}
	}
	return t, nil
}

package format

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"math"

	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// contentHash is a hash of rows that no format and no version of a writer has a part in:
// the names and types of the columns, then of each row each value, its length and its
// bytes as PostgreSQL's protocol has them, which is how equal values are equal.
type contentHash struct {
	into hash.Hash
	part []byte
}

// contentVersion says how the hash is made.
const contentVersion = "t1:"

// flushed is how many bytes are hashed at once.
const flushed = 32 << 10

func newContentHash(columns []layout.Column) *contentHash {
	h := &contentHash{into: sha256.New(), part: make([]byte, 0, 2*flushed)}
	for _, c := range columns {
		h.value([]byte(c.Name))
		h.value([]byte(c.Type.String()))
	}
	return h
}

func (h *contentHash) row(values [][]byte) {
	for _, v := range values {
		h.value(v)
	}
}

// value adds a value, nil for NULL.
func (h *contentHash) value(v []byte) {
	length := uint32(math.MaxUint32)
	if v != nil {
		length = uint32(len(v)) // a value of PostgreSQL has less than a gigabyte
	}
	h.part = append(binary.BigEndian.AppendUint32(h.part, length), v...)
	if len(h.part) >= flushed {
		h.flush()
	}
}

func (h *contentHash) flush() {
	h.into.Write(h.part)
	h.part = h.part[:0]
}

func (h *contentHash) sum() string {
	h.flush()
	return contentVersion + hex.EncodeToString(h.into.Sum(nil))
}

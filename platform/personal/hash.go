package personal

import "crypto/sha256"

// Pads are what PostgreSQL makes the HMAC-SHA256 of a text with, which has no function for it:
// sha256(outer || sha256(inner || text)), as RFC 2104 defines it. The key cannot be read out of
// what is made, and is never a part of a statement's text: both are parameters. The
// same text has other hashes for something else: what says for which.
func (k Key) Pads(what string) (inner, outer []byte) {
	inner, outer = make([]byte, sha256.BlockSize), make([]byte, sha256.BlockSize)
	copy(inner, k.secret)
	copy(outer, k.secret)
	for i := range inner {
		inner[i] ^= 0x36
		outer[i] ^= 0x5c
	}
	return append(inner, what+"\x00"...), outer
}

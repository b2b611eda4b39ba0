// Package bearer makes and reads the secrets that callers show: tokens, the links to the
// page, and its sessions. A secret is a prefix that tells its kind, and by which scanners of
// source code find it, 256 random bits, and a check sum, so that one that was mistyped or
// made up is told from one that nobody knows without asking anybody. Only the hash of a
// secret is ever stored.
package bearer

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"hash/crc32"
	"strings"
)

// Kind is what a secret is for. Its text is what the secret begins with.
type Kind string

// Kinds of secrets.
const (
	// Token is what a person or a machine calls with.
	Token Kind = "sf_"
	// Login is in a link to the page, and good for one use.
	Login Kind = "sfl_"
	// Session is in the cookie of a browser.
	Session Kind = "sfs_"
	// SignIn is in the cookie of a browser that is signing in.
	SignIn Kind = "sfn_"
)

// randomBytes is how many bytes of a secret nobody can guess.
const randomBytes = 32

// encoding has letters and digits only, so that a secret is one word wherever it is
// written, in lower case for the eye.
var encoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// New makes a secret of a kind.
func New(kind Kind) string {
	random := make([]byte, randomBytes)
	_, _ = rand.Read(random) // never fails (crypto/rand)
	body := string(kind) + encoding.EncodeToString(random)
	return body + check(body)
}

// check is the check sum of a secret.
func check(body string) string {
	return encoding.EncodeToString(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(body))))
}

// Is says whether New could have made a text as a secret of a kind.
func Is(kind Kind, secret string) bool {
	rest, ours := strings.CutPrefix(secret, string(kind))
	random := encoding.EncodedLen(randomBytes)
	if !ours || len(rest) != random+encoding.EncodedLen(crc32.Size) {
		return false
	}
	body := secret[:len(kind)+random]
	return secret[len(body):] == check(body)
}

// Hash is what is stored of a secret, and what it is looked for by. A secret of 256 random
// bits needs no slow hash: nobody tries them all.
func Hash(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// IsJWT says whether a text has the shape of a token that an OpenID issuer signed: three
// parts of base64 with dots between them, of which the first is an object (RFC 7519).
func IsJWT(secret string) bool {
	if !strings.HasPrefix(secret, "eyJ") || strings.Count(secret, ".") != 2 {
		return false
	}
	for _, r := range secret {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		if !letter && r != '-' && r != '_' && r != '.' {
			return false
		}
	}
	return true
}

// Package personal keeps the values of columns that a dataset declares as pii out of what the
// suite says of its data. Who may not see a value sees a token in its place: the same for the
// same value, so that two findings on one person are seen to be, and made with a key that is
// not in the database, so that nobody finds a value by trying all that it could be. Where a
// column has so few values that a token would be a value by another name, there is none.
//
// A value is veiled where it is taken out of a file or a table, together with the column that
// it is of; what is written later, a sentence or a list, has no other text of it.
package personal

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/streamflow/streamflow/platform/secretfile"
)

// KeyBytes is the size of a key.
const KeyBytes = 32

// most is how many keys a file may hold: each erased key is looked for under every key that
// one was ever erased under.
const most = 16

// Keys are the keys of an installation, of which the newest makes tokens. The nil Keys has
// none, and makes no tokens. It is safe for concurrent use.
type Keys struct{ all []Key }

// Key is one key, and the name by which what was made with it is known.
type Key struct {
	// ID is told: 8 hex digits of a hash of the key.
	ID     string
	secret []byte
}

// NewKey returns the text of a new key: 64 hex digits.
func NewKey() string {
	secret := make([]byte, KeyBytes)
	_, _ = rand.Read(secret) // never fails: https://pkg.go.dev/crypto/rand#Read
	return hex.EncodeToString(secret)
}

// Open reads the keys in a file that nobody else may read (see secretfile.Read).
// Errors: what secretfile.Read and Parse say.
func Open(path string) (*Keys, error) {
	text, err := secretfile.Read(path)
	if err != nil {
		return nil, fmt.Errorf("read the keys of personal values: %w", err)
	}
	k, err := Parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return k, nil
}

// Parse reads keys of 64 hex digits with lines, blanks or commas between them, the newest last.
// Errors: none, more than 16, one that is no key, the same key twice.
func Parse(text string) (*Keys, error) {
	k := &Keys{}
	for i, word := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \t\r\n,", r) }) {
		secret, err := hex.DecodeString(word)
		if err != nil || len(secret) != KeyBytes { // the error would tell of the key
			return nil, fmt.Errorf("key %d: expected %d hex digits, found something else: make one with `openssl rand -hex %d`", i+1, 2*KeyBytes, KeyBytes)
		}
		key := Key{ID: id(secret), secret: secret}
		if _, twice := k.ByID(key.ID); twice {
			return nil, fmt.Errorf("key %d: expected each key once, found it before as well", i+1)
		}
		k.all = append(k.all, key)
	}
	if len(k.all) == 0 || len(k.all) > most {
		return nil, fmt.Errorf("expected 1 to %d keys, the newest last, found %d", most, len(k.all))
	}
	return k, nil
}

func id(secret []byte) string {
	sum := sha256.Sum256(append([]byte("streamflow key of personal values\x00"), secret...))
	return hex.EncodeToString(sum[:4])
}

// Newest is the key that is used from now on; ok is false where there is none.
func (k *Keys) Newest() (key Key, ok bool) {
	if k == nil || len(k.all) == 0 {
		return Key{}, false
	}
	return k.all[len(k.all)-1], true
}

// ByID returns the key of an ID; ok is false where it is not among them.
func (k *Keys) ByID(id string) (key Key, ok bool) {
	if k == nil {
		return Key{}, false
	}
	for _, key := range k.all {
		if key.ID == id {
			return key, true
		}
	}
	return Key{}, false
}

// tokenDigits is how many hex digits of its hash a token has: 64 bits, by which a billion
// values have the same token as another one with a chance of some 3 %.
const tokenDigits = 16

// tokenMark is how every token begins.
const tokenMark = "pii:"

// token is the same for every column of a dataset: a row that refers to another is seen to.
func (k Key) token(dataset, value string) string {
	mac := hmac.New(sha256.New, k.secret)
	_, _ = mac.Write([]byte("token\x00" + dataset + "\x00" + value))
	return tokenMark + k.ID[:4] + ":" + hex.EncodeToString(mac.Sum(nil))[:tokenDigits]
}

package personal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// maxSealed is how many characters of a value are sealed, as many as are shown of one that is
// not personal, and mostSealed how many values beside one text.
const (
	maxSealed  = 200
	mostSealed = 64
)

// MissingKeyError says that the key is gone that a value was sealed with.
type MissingKeyError struct {
	// ID is the key's.
	ID string
}

func (e *MissingKeyError) Error() string {
	return "expected the key " + e.ID + " of personal values, which they were encrypted under, and found it in no file of keys"
}

// errForged is of a sealed value that was changed, or taken from another dataset, table or
// column.
var errForged = errors.New("expected a value as it was encrypted, of its own dataset, table and column, found it changed")

// aead is the AES-256-GCM of a key. It has a key of its own, made of this one: what makes
// tokens encrypts nothing.
func (k Key) aead() (cipher.AEAD, error) {
	mac := hmac.New(sha256.New, k.secret)
	_, _ = mac.Write([]byte("seal\x00")) // never fails
	block, err := aes.NewCipher(mac.Sum(nil))
	if err != nil {
		return nil, fmt.Errorf("make the cipher of key %s: %w", k.ID, err)
	}
	return cipher.NewGCM(block)
}

// belongs is what a sealed value is bound to: moved to another column it does not open.
func belongs(dataset, table, column string) []byte {
	text := []byte("streamflow personal value")
	for _, part := range []string{dataset, table, column} {
		text = binary.AppendUvarint(text, uint64(len(part)))
		text = append(text, part...)
	}
	return text
}

// seal encrypts a value: nonce, ciphertext and tag. The same value is never sealed to the
// same bytes, so that how often one stands is not seen.
func (k Key) seal(dataset, table, column, value string) ([]byte, error) {
	gcm, err := k.aead()
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, gcm.NonceSize(), gcm.NonceSize()+len(value)+gcm.Overhead())
	_, _ = rand.Read(nonce) // never fails
	return gcm.Seal(nonce, nonce, []byte(value), belongs(dataset, table, column)), nil
}

// Unseal decrypts a value of a dataset. Errors: a [MissingKeyError]; one of a value that is
// not as it was sealed, which tells nothing of it.
func (k *Keys) Unseal(dataset string, v *stepv1.SealedValue) (string, error) {
	key, ok := k.ByID(v.GetKeyId())
	if !ok {
		return "", &MissingKeyError{v.GetKeyId()}
	}
	gcm, err := key.aead()
	if err != nil {
		return "", err
	}
	sealed := v.GetValue()
	if len(sealed) < gcm.NonceSize() {
		return "", errForged
	}
	nonce, text := sealed[:gcm.NonceSize()], sealed[gcm.NonceSize():]
	value, err := gcm.Open(nil, nonce, text, belongs(dataset, v.GetTable(), v.GetColumn()))
	if err != nil {
		return "", errForged
	}
	return string(value), nil
}

// cut keeps as much of a value as is sealed, with … for the rest. Bytes that are no UTF-8
// count as one character each, and stay.
func cut(value string) string {
	n := 0
	for at := range value {
		if n == maxSealed {
			return value[:at] + "…"
		}
		n++
	}
	return value
}

// Opener decrypts values of a dataset where it can.
func (k *Keys) Opener(dataset string) func(*stepv1.SealedValue) (string, bool) {
	return func(v *stepv1.SealedValue) (string, bool) {
		value, err := k.Unseal(dataset, v)
		return value, err == nil
	}
}

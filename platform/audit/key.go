package audit

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/streamflow/streamflow/platform/secretfile"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// Types of PEM blocks, as OpenSSL writes them.
const (
	pemPrivate = "PRIVATE KEY"
	pemPublic  = "PUBLIC KEY"
)

// Key signs checkpoints.
type Key struct {
	// ID names its public key.
	ID      string
	private ed25519.PrivateKey
}

// Public is a key that signatures are held against, and its name.
type Public struct {
	// ID is the first 16 hexadecimal digits of the SHA-256 of the key.
	ID  string
	key ed25519.PublicKey
}

// ReadKey reads a private key from a file that only its owner may read: PKCS #8 in PEM, as
// `openssl genpkey -algorithm ed25519` writes it. Errors say what the file is instead.
func ReadKey(path string) (*Key, error) {
	text, err := secretfile.Read(path)
	if err != nil {
		return nil, fmt.Errorf("the audit key: %w", err)
	}
	key, err := ParseKey(string(text))
	if err != nil {
		return nil, fmt.Errorf("the audit key: %s: %w", path, err)
	}
	return key, nil
}

// ParseKey reads a private key out of a text: PKCS #8 in PEM, or, on one line, what stands
// between the two lines of it. Errors tell nothing of the text.
func ParseKey(text string) (*Key, error) {
	text = strings.TrimSpace(text)
	if !strings.Contains(text, "\n") {
		text = "-----BEGIN " + pemPrivate + "-----\n" + text + "\n-----END " + pemPrivate + "-----\n"
	}
	block, rest := pem.Decode([]byte(text))
	if block == nil || block.Type != pemPrivate {
		return nil, errors.New("expected a private key in PEM, found none: make one with openssl genpkey -algorithm ed25519")
	}
	if more, _ := pem.Decode(rest); more != nil {
		return nil, errors.New("expected one private key, found another thing in PEM behind it")
	}
	if rest, err := asn1.Unmarshal(block.Bytes, &asn1.RawValue{}); err != nil || len(rest) > 0 {
		return nil, errors.New("expected a private key of PKCS #8, found something else in PEM")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("expected a private key of PKCS #8, found something else in PEM")
	}
	private, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("expected a key of Ed25519, found %T", parsed)
	}
	return newKey(private), nil
}

func newKey(private ed25519.PrivateKey) *Key {
	public, _ := private.Public().(ed25519.PublicKey)
	return &Key{ID: keyID(public), private: private}
}

// ReadPublic reads a public key from a file: PKIX in PEM, as `openssl pkey -pubout` writes it.
func ReadPublic(path string) (*Public, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil || block.Type != pemPublic {
		return nil, fmt.Errorf("%s: expected a public key in PEM, found none: openssl pkey -in KEY -pubout writes that of a private key", path)
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	public, ok := parsed.(ed25519.PublicKey)
	if !ok {
		return nil, fmt.Errorf("%s: expected a key of Ed25519, found %T", path, parsed)
	}
	return &Public{ID: keyID(public), key: public}, nil
}

func keyID(public ed25519.PublicKey) string {
	sum := sha256.Sum256(public)
	return hex.EncodeToString(sum[:8])
}

// MakeKey makes a pair of keys: the private one in a new file that only its owner may read,
// the public one beside it, in a file of the same name with .pub behind it. Where the private
// one is there already it is kept, and the public one is written anew. Errors: a file that
// others may read, or that is no key.
func MakeKey(path string) error {
	if _, err := os.Lstat(path); errors.Is(err, os.ErrNotExist) {
		if err := writeNewKey(path); err != nil {
			return err
		}
	}
	key, err := ReadKey(path)
	if err != nil {
		return err
	}
	text, err := key.PublicPEM()
	if err != nil {
		return err
	}
	return os.WriteFile(path+".pub", text, 0o644) //nolint:gosec // a public key is for everybody
}

func writeNewKey(path string) error {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return fmt.Errorf("make an audit key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return fmt.Errorf("make an audit key: %w", err)
	}
	// Whole or not there: one that was cut off would keep the gateway from starting.
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("make an audit key: %w", err)
	}
	_, err = f.Write(pem.EncodeToMemory(&pem.Block{Type: pemPrivate, Bytes: der}))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("make an audit key: %w", err)
	}
	return os.Rename(path+".new", path)
}

// PublicPEM is the public key, as ReadPublic reads it.
func (k *Key) PublicPEM() ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(k.private.Public())
	if err != nil {
		return nil, fmt.Errorf("write the public audit key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: pemPublic, Bytes: der}), nil
}

// Sign signs a checkpoint, and says in it with which key.
func (k *Key) Sign(c *orchestratorv1.AuditCheckpoint) {
	c.KeyId = k.ID
	c.Signature = ed25519.Sign(k.private, signed(c))
}

// SignDrop returns the signature that says that the lines which a checkpoint covers may be
// removed.
func (k *Key) SignDrop(c *orchestratorv1.AuditCheckpoint) []byte {
	return ed25519.Sign(k.private, dropped(c))
}

// holds says whether a signature is that of the key under a text.
func (p *Public) holds(text, signature []byte) bool {
	return len(signature) == ed25519.SignatureSize && ed25519.Verify(p.key, text, signature)
}

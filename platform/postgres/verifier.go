package postgres

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"regexp"
	"strconv"

	"golang.org/x/text/secure/precis"
)

// scramIterations and scramSalt, in bytes, are PostgreSQL's own
// (https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-SCRAM-ITERATIONS).
const (
	scramIterations = 4096
	scramSalt       = 16
)

// verifier is what PostgreSQL keeps of a password: enough to recognise it, and not to log
// in with. A statement that carries it may be logged, as log_statement = ddl has it.
func verifier(password string) (string, error) {
	salt := make([]byte, scramSalt)
	_, _ = rand.Read(salt) // it never fails (crypto/rand)
	return verifierOf(password, salt, scramIterations)
}

// verifierOf is SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey, of RFC 5802 and as
// pg_authid has it.
func verifierOf(password string, salt []byte, iterations int) (string, error) {
	salted, err := pbkdf2.Key(sha256.New, prepared(password), salt, iterations, sha256.Size)
	if err != nil {
		return "", fmt.Errorf("derive a verifier: %w", err)
	}
	stored := sha256.Sum256(keyed(salted, "Client Key"))
	encode := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("SCRAM-SHA-256$%d:%s$%s:%s", iterations, encode(salt), encode(stored[:]), encode(keyed(salted, "Server Key"))), nil
}

// prepared is a password as pgx sends it, which is what the services log in with: in one
// Unicode form, or as it is where it has none.
func prepared(password string) string {
	if p, err := precis.OpaqueString.String(password); err == nil {
		return p
	}
	return password
}

func keyed(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

var verifierForm = regexp.MustCompile(`^SCRAM-SHA-256\$(\d{1,9}):([A-Za-z0-9+/=]+)\$[A-Za-z0-9+/=]+:[A-Za-z0-9+/=]+$`)

// maxIterations bounds what is computed to recognise a password.
const maxIterations = 1_000_000

// recognises says whether what PostgreSQL keeps of a role is of this password.
func recognises(kept, password string) bool {
	parts := verifierForm.FindStringSubmatch(kept)
	if parts == nil {
		return false
	}
	iterations, err := strconv.Atoi(parts[1])
	if err != nil || iterations < 1 || iterations > maxIterations {
		return false
	}
	salt, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil {
		return false
	}
	own, err := verifierOf(password, salt, iterations)
	return err == nil && subtle.ConstantTimeCompare([]byte(own), []byte(kept)) == 1
}

package issuer

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"github.com/streamflow/streamflow/platform/problem"
)

// smallestRSA is how many bits an RSA key has at least (NIST SP 800-131A).
const smallestRSA = 2048

// signature verifies the signature of one token, by the keys of its issuer.
type signature struct {
	keys       *keys
	algorithms []jose.SignatureAlgorithm
	// err is why it could not be; it is kept, since who asks makes a text of it.
	err error
}

// VerifySignature returns what a token says, once a key of its issuer proves it.
func (s *signature) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	said, err := s.verify(ctx, token)
	s.err = err
	return said, err
}

func (s *signature) verify(ctx context.Context, token string) ([]byte, error) {
	jws, err := jose.ParseSignedCompact(token, s.algorithms)
	if err != nil || len(jws.Signatures) != 1 {
		return nil, problem.New(problem.Unauthenticated, "the token is not signed as its issuer signs")
	}
	header := jws.Signatures[0].Protected
	found, err := s.keys.find(ctx, header.KeyID, header.Algorithm)
	if err != nil {
		return nil, err
	}
	for _, key := range found {
		if said, err := jws.Verify(key.Key); err == nil {
			return said, nil
		}
	}
	return nil, problem.New(problem.Unauthenticated, "the token is not signed by a key of its issuer")
}

// verifies says whether a key is for verifying, and good enough for it.
func verifies(key jose.JSONWebKey) bool {
	if !key.Valid() || !key.IsPublic() || key.Use == "enc" {
		return false
	}
	switch k := key.Key.(type) {
	case *rsa.PublicKey:
		return k.N.BitLen() >= smallestRSA
	case *ecdsa.PublicKey, ed25519.PublicKey:
		return true
	default:
		return false
	}
}

// signs says whether a key may be one of an algorithm.
func signs(key jose.JSONWebKey, algorithm string) bool {
	if key.Algorithm != "" && key.Algorithm != algorithm {
		return false
	}
	switch key.Key.(type) {
	case *rsa.PublicKey:
		return strings.HasPrefix(algorithm, "RS") || strings.HasPrefix(algorithm, "PS")
	case *ecdsa.PublicKey:
		return strings.HasPrefix(algorithm, "ES")
	default:
		return algorithm == "EdDSA"
	}
}

// claimedIssuer is who a token says that it is of, which nothing proves yet.
func claimedIssuer(token string) (string, error) {
	none := problem.New(problem.Unauthenticated, "expected a token of an issuer, found what is none")
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return "", none
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return "", none
	}
	var says struct {
		Issuer string `json:"iss"`
	}
	if err := json.Unmarshal(text, &says); err != nil || says.Issuer == "" {
		return "", none
	}
	return says.Issuer, nil
}

// plainly is what is wrong with a token, without the name of the library that found it.
func plainly(err error) string {
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(inner) {
		err = inner
	}
	return strings.TrimPrefix(err.Error(), "oidc: ")
}

// short is the beginning of a text that a token says of itself.
func short(text string) string {
	const most = 200
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

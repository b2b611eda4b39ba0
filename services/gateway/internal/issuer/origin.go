package issuer

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"

	"github.com/streamflow/streamflow/platform/safeurl"
	"github.com/streamflow/streamflow/platform/settingfile"
)

const (
	// asked bounds a question to an issuer, its keys included.
	asked = 10 * time.Second
	// maxAnswer is how many bytes of an answer are read.
	maxAnswer = 1 << 20
)

// origin is where an issuer is asked.
type origin struct{ issuer, caFile, tokenFile string }

// keys asks the issuer where its keys are, and for them. Files are read each time, since
// Kubernetes exchanges them.
func (o *origin) keys(ctx context.Context) ([]jose.JSONWebKey, error) {
	ctx, cancel := context.WithTimeout(ctx, asked)
	defer cancel()
	client, err := o.client()
	if err != nil {
		return nil, err
	}
	defer client.CloseIdleConnections()
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, client), o.issuer)
	if err != nil {
		return nil, err
	}
	var says struct {
		Keys string `json:"jwks_uri"`
	}
	if err := provider.Claims(&says); err != nil {
		return nil, err
	}
	if err := safeurl.Check(says.Keys); err != nil {
		return nil, fmt.Errorf("where it says that its keys are (jwks_uri): %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, says.Keys, nil)
	if err != nil {
		return nil, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", says.Keys, resp.Status)
	}
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	return parseKeys(text)
}

// client asks as the setting says. It follows nobody elsewhere.
func (o *origin) client() (*http.Client, error) {
	trusted := &tls.Config{MinVersion: tls.VersionTLS12}
	if o.caFile != "" {
		text, err := os.ReadFile(o.caFile)
		if err != nil {
			return nil, fmt.Errorf("ca_file: %w", err)
		}
		trusted.RootCAs = x509.NewCertPool()
		if !trusted.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("ca_file %s: expected certificates, found none", o.caFile)
		}
	}
	shown := ""
	if o.tokenFile != "" {
		text, err := os.ReadFile(o.tokenFile)
		if err != nil {
			return nil, fmt.Errorf("token_file: %w", err)
		}
		shown = strings.TrimSpace(string(text))
	}
	return &http.Client{
		Transport: &asking{
			next:  &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: trusted, ForceAttemptHTTP2: true},
			token: shown,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return errors.New("it leads elsewhere, and is not followed")
		},
	}, nil
}

// asking shows a token, and reads answers up to a limit.
type asking struct {
	next  *http.Transport
	token string
}

// CloseIdleConnections closes what a question left open.
func (a *asking) CloseIdleConnections() { a.next.CloseIdleConnections() }

// RoundTrip asks.
func (a *asking) RoundTrip(req *http.Request) (*http.Response, error) {
	if a.token != "" {
		req = req.Clone(req.Context())
		req.Header.Set("Authorization", "Bearer "+a.token)
	}
	resp, err := a.next.RoundTrip(req)
	if err == nil {
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(resp.Body, maxAnswer), resp.Body}
	}
	return resp, err
}

// keysOfFile reads the keys of an issuer from a file.
func keysOfFile(path string) func(context.Context) ([]jose.JSONWebKey, error) {
	return func(context.Context) ([]jose.JSONWebKey, error) {
		text, err := settingfile.Read(path)
		if err != nil {
			return nil, fmt.Errorf("jwks_file: %w", err)
		}
		keys, err := parseKeys(text)
		if err != nil {
			return nil, fmt.Errorf("jwks_file %s: %w", path, err)
		}
		return keys, nil
	}
}

// parseKeys reads the keys of a set that tokens may be signed with. One of a kind that is
// not known, or not for this, is left out; a set without any is no set.
func parseKeys(text []byte) (keys []jose.JSONWebKey, err error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(text, &set); err != nil {
		return nil, fmt.Errorf("its keys cannot be read: %w", err)
	}
	for _, one := range set.Keys {
		var key jose.JSONWebKey
		if key.UnmarshalJSON(one) == nil && verifies(key) {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("expected keys that verify signatures, found none among %d", len(set.Keys))
	}
	return keys, nil
}

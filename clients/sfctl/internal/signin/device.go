package signin

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/streamflow/streamflow/platform/safeurl"
)

// answerLimit bounds a question to an issuer.
const answerLimit = 30 * time.Second

// Prompt tells a person what to do: the page to open, the code that they type there, and the
// page with the code in it where the issuer has one.
type Prompt func(page, code, whole string)

// ByDevice signs somebody in. It waits until they have said yes or no in a browser, or the
// code has ended. Errors: an issuer that cannot be asked, has no device code, or gave no ID
// token; that they said no.
func (c Client) ByDevice(ctx context.Context, server string, prompt Prompt) (*Kept, error) {
	ctx, asks, err := c.ask(ctx)
	if err != nil {
		return nil, err
	}
	if asks.Endpoint.DeviceAuthURL == "" {
		return nil, fmt.Errorf("issuer %s has no device code: it names no device_authorization_endpoint", c.Issuer)
	}
	code, err := asks.DeviceAuth(ctx)
	if err != nil {
		return nil, said("the issuer gives no device code", err)
	}
	prompt(code.VerificationURI, code.UserCode, code.VerificationURIComplete)
	got, err := wait(ctx, asks, code)
	if err != nil {
		return nil, err
	}
	return c.kept(server, got)
}

// wait asks again and again, as often as the issuer says, until somebody has decided or the
// code has ended.
func wait(ctx context.Context, asks *oauth2.Config, code *oauth2.DeviceAuthResponse) (*oauth2.Token, error) {
	got, err := asks.DeviceAccessToken(ctx, code)
	switch {
	case err == nil:
		return got, nil
	case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil && !time.Now().Before(code.Expiry):
		return nil, errors.New("not signed in: the code has ended, and nobody said yes")
	default:
		return nil, said("not signed in", err)
	}
}

// Renew gets the next token by what was kept. Errors: an issuer that cannot be asked, or
// that wants its person to sign in again.
func (k *Kept) Renew(ctx context.Context) (*Kept, error) {
	if k.Refresh == "" {
		return nil, errors.New("its issuer gave nothing to renew it with (scope offline_access)")
	}
	ctx, asks, err := k.ask(ctx)
	if err != nil {
		return nil, err
	}
	got, err := asks.TokenSource(ctx, &oauth2.Token{RefreshToken: k.Refresh}).Token()
	if err != nil {
		return nil, said("its issuer does not renew it", err)
	}
	next, err := k.kept(k.Server, got)
	if err == nil && next.Refresh == "" {
		next.Refresh = k.Refresh // it is good for more than once
	}
	return next, err
}

// ask finds out where the issuer is asked, and with what.
func (c Client) ask(ctx context.Context) (context.Context, *oauth2.Config, error) {
	if err := safeurl.Check(c.Issuer); err != nil {
		return ctx, nil, fmt.Errorf("issuer: %w", err)
	}
	client, err := c.http()
	if err != nil {
		return ctx, nil, err
	}
	ctx = oidc.ClientContext(ctx, client)
	provider, err := oidc.NewProvider(ctx, c.Issuer)
	if err != nil {
		return ctx, nil, fmt.Errorf("issuer %s cannot be asked: %w", c.Issuer, err)
	}
	asks := &oauth2.Config{ClientID: c.ID, ClientSecret: c.Secret, Endpoint: provider.Endpoint(), Scopes: c.Scopes}
	for _, address := range []string{asks.Endpoint.TokenURL, asks.Endpoint.DeviceAuthURL} {
		if err := safeurl.Check(address); address != "" && err != nil {
			return ctx, nil, fmt.Errorf("issuer %s: where it says that it is asked: %w", c.Issuer, err)
		}
	}
	return ctx, asks, nil
}

// http asks with TLS, and follows nobody elsewhere with what is secret.
func (c Client) http() (*http.Client, error) {
	trusted := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.CA != "" {
		text, err := os.ReadFile(c.CA)
		if err != nil {
			return nil, fmt.Errorf("the issuer's CA: %w", err)
		}
		trusted.RootCAs = x509.NewCertPool()
		if !trusted.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("the issuer's CA: expected certificates in %s, found none", c.CA)
		}
	}
	return &http.Client{
		Timeout:   answerLimit,
		Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: trusted, ForceAttemptHTTP2: true},
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return errors.New("it leads elsewhere, and is not followed")
		},
	}, nil
}

// kept is what is kept of an answer of the issuer.
func (c Client) kept(server string, got *oauth2.Token) (*Kept, error) {
	token, _ := got.Extra("id_token").(string)
	if token == "" {
		return nil, fmt.Errorf("issuer %s gave no ID token: is the scope openid asked for?", c.Issuer)
	}
	ends, err := endOf(token)
	if err != nil {
		return nil, fmt.Errorf("issuer %s: %w", c.Issuer, err)
	}
	return &Kept{Server: server, Client: c, Token: token, Ends: ends, Refresh: got.RefreshToken}, nil
}

// endOf is when a token ends, by its own word: whether it is good is the gateway's to say.
func endOf(token string) (time.Time, error) {
	parts := strings.Split(token, ".")
	var says struct {
		Ends float64 `json:"exp"`
	}
	if len(parts) == 3 {
		if text, err := base64.RawURLEncoding.DecodeString(parts[1]); err == nil && json.Unmarshal(text, &says) == nil && says.Ends > 0 {
			return time.Unix(int64(says.Ends), 0), nil
		}
	}
	return time.Time{}, errors.New("expected an ID token that says when it ends, found none")
}

// said is an error with what the issuer said of it, without the answer around it.
func said(what string, err error) error {
	var answer *oauth2.RetrieveError
	if !errors.As(err, &answer) || answer.ErrorCode == "" {
		return fmt.Errorf("%s: %w", what, err)
	}
	text := answer.ErrorCode
	if answer.ErrorDescription != "" {
		text += " (" + answer.ErrorDescription + ")"
	}
	return fmt.Errorf("%s: the issuer says %s", what, text)
}

package issuer

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/streamflow/streamflow/platform/safeurl"
	"github.com/streamflow/streamflow/platform/secretfile"
)

// provider is what an issuer says of itself, kept for a while: anybody who opens the page has
// it asked for.
type provider struct {
	mu      sync.Mutex
	said    oauth2.Endpoint
	fetched time.Time
	tried   time.Time
	err     error
}

// endpoint returns where an issuer signs people in, and gives what they come back with for
// tokens. Errors: one that cannot be asked, which failed hears of, and which is asked again
// after apartWithout.
func (p *provider) endpoint(ctx context.Context, from *origin, now time.Time, failed func(error)) (oauth2.Endpoint, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.fetched.IsZero() && now.Sub(p.fetched) < anewAfter {
		return p.said, nil
	}
	if !p.tried.IsZero() && now.Sub(p.tried) < apartWithout {
		if p.fetched.IsZero() {
			return p.said, p.err
		}
		return p.said, nil
	}
	p.tried = now
	said, err := from.endpoint(ctx)
	if err != nil {
		failed(err)
	}
	switch {
	case err == nil:
		p.said, p.fetched, p.err = said, now, nil
	case p.fetched.IsZero() || now.Sub(p.fetched) >= keptFor:
		p.fetched, p.err = time.Time{}, err
		return p.said, err
	}
	return p.said, nil
}

// endpoint asks an issuer for it.
func (o *origin) endpoint(ctx context.Context) (oauth2.Endpoint, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), asked) // the answer is for others too
	defer cancel()
	client, err := o.client()
	if err != nil {
		return oauth2.Endpoint{}, err
	}
	defer client.CloseIdleConnections()
	found, err := oidc.NewProvider(oidc.ClientContext(ctx, client), o.issuer)
	if err != nil {
		return oauth2.Endpoint{}, err
	}
	said := found.Endpoint()
	for name, address := range map[string]string{"authorization_endpoint": said.AuthURL, "token_endpoint": said.TokenURL} {
		at, _, _ := strings.Cut(address, "?") // which the first may have
		if err := safeurl.Check(at); err != nil {
			return oauth2.Endpoint{}, fmt.Errorf("%s: %w", name, err)
		}
	}
	var more struct {
		Methods []string `json:"token_endpoint_auth_methods_supported"`
	}
	if err := found.Claims(&more); err != nil {
		return oauth2.Endpoint{}, err
	}
	// A code is spent by the first attempt, so that none is made to find out which it is.
	said.AuthStyle = oauth2.AuthStyleInHeader
	if len(more.Methods) > 0 && !slices.Contains(more.Methods, "client_secret_basic") {
		said.AuthStyle = oauth2.AuthStyleInParams
	}
	return said, nil
}

// asks is how the client of a way to sign in asks its issuer. Its secret is read each time,
// since it is exchanged.
func (i *issuer) asks(said oauth2.Endpoint, back string) (*oauth2.Config, error) {
	c := &oauth2.Config{ClientID: i.SignIn.ClientID, Endpoint: said, RedirectURL: back, Scopes: i.SignIn.Scopes}
	if i.SignIn.SecretFile == "" {
		c.Endpoint.AuthStyle = oauth2.AuthStyleInParams
		return c, nil
	}
	text, err := secretfile.Read(i.SignIn.SecretFile)
	if err != nil {
		return nil, fmt.Errorf("sign_in.client_secret_file: %w", err)
	}
	c.ClientSecret = strings.TrimSpace(string(text))
	if c.ClientSecret == "" {
		return nil, fmt.Errorf("sign_in.client_secret_file: expected a secret in %s, found none: %w", i.SignIn.SecretFile, os.ErrInvalid)
	}
	return c, nil
}

// exchange gives a code for an ID token.
func (i *issuer) exchange(ctx context.Context, asks *oauth2.Config, code, verifier string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, asked)
	defer cancel()
	client, err := i.origin.client()
	if err != nil {
		return "", err
	}
	defer client.CloseIdleConnections()
	got, err := asks.Exchange(context.WithValue(ctx, oauth2.HTTPClient, client), code, oauth2.VerifierOption(verifier))
	if err != nil {
		return "", err
	}
	token, _ := got.Extra("id_token").(string)
	return token, nil
}

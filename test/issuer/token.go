package issuer

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"
)

// User is who comes by, as the issuer knows them (sub).
const User = "id1"

// Token is an ID token of the user, for the native client, by the authorization code flow
// with PKCE.
func (i *Issuer) Token(t *testing.T) string {
	t.Helper()
	provider, err := oidc.NewProvider(t.Context(), i.URL)
	require.NoError(t, err)
	asks := oauth2.Config{ClientID: Native, RedirectURL: Redirect, Endpoint: provider.Endpoint(), Scopes: []string{oidc.ScopeOpenID, "email"}}
	verifier := oauth2.GenerateVerifier()
	code := i.code(t, asks.AuthCodeURL("state", oauth2.S256ChallengeOption(verifier)))
	got, err := asks.Exchange(context.Background(), code, oauth2.VerifierOption(verifier))
	require.NoError(t, err)
	token, _ := got.Extra("id_token").(string)
	require.NotEmpty(t, token)
	return token
}

// code is what the browser of the user is sent back with.
func (i *Issuer) code(t *testing.T, at string) (code string) {
	t.Helper()
	browser := Browser(t)
	browser.CheckRedirect = func(req *http.Request, _ []*http.Request) error {
		if code = req.URL.Query().Get("code"); code != "" {
			return http.ErrUseLastResponse
		}
		return nil
	}
	resp, err := browser.Get(at) //nolint:noctx // the browser has a limit
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.NotEmpty(t, code)
	return code
}

// SayYes lets in the device whose code it is.
func (i *Issuer) SayYes(t *testing.T, code string) {
	t.Helper()
	i.say(t, "user_code="+url.QueryEscape(code))
}

// SayNo sends away the device whose code it is.
func (i *Issuer) SayNo(t *testing.T, code string) {
	t.Helper()
	i.say(t, "deny=&user_code="+url.QueryEscape(code))
}

func (i *Issuer) say(t *testing.T, query string) {
	t.Helper()
	resp, err := Browser(t).Get(i.URL + "/device?" + query) //nolint:noctx // the browser has a limit
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusOK, resp.StatusCode)
}

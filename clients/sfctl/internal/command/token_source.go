package command

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"

	"github.com/streamflow/streamflow/clients/sfctl/devsuite"
	"github.com/streamflow/streamflow/clients/sfctl/internal/exit"
	"github.com/streamflow/streamflow/platform/problem"
)

// tokenSource is what the gateway is called with, asked for with each call.
type tokenSource = func(context.Context) (string, error)

func always(token string) tokenSource {
	return func(context.Context) (string, error) { return token, nil }
}

// tokenOfFile reads a token's file, and again with each call: Kubernetes writes another into
// it before the one that is there ends. Where it cannot be read then, the last one stands.
func (a *app) tokenOfFile(path string) (tokenSource, error) {
	token, err := tokenInFile(path)
	if err != nil {
		return nil, exit.BadUsage(err)
	}
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return always(token), nil // a pipe says it once
	}
	var mu sync.Mutex
	return func(context.Context) (string, error) {
		mu.Lock()
		defer mu.Unlock()
		if next, err := tokenInFile(path); err == nil {
			token = next
		}
		return token, nil
	}, nil
}

func tokenInFile(path string) (string, error) {
	text, err := readTokenFile(path)
	if err != nil {
		return "", fmt.Errorf("--token-file: %w", err)
	}
	token, err := devsuite.ParseToken(string(text))
	if err != nil {
		return "", fmt.Errorf("--token-file %s: %w", path, err)
	}
	return token, nil
}

// signedIn is the token of who signed in to the gateway, renewed as it ends; nil where nobody
// did.
func (a *app) signedIn() (tokenSource, error) {
	store := a.logins()
	kept, err := store.Read(a.server)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		a.note("Who signed in with sfctl login is not used: %v", err)
		return nil, nil
	}
	current := func(ctx context.Context) (string, error) {
		now, err := store.Current(ctx, a.server, time.Now())
		switch {
		case err == nil:
			return now.Token, nil
		case now != nil && time.Now().Before(now.Ends):
			return now.Token, nil // it is good for a while
		default:
			return "", err
		}
	}
	// Once before anything is called, so that it is told as what it is.
	if _, err := current(context.Background()); err != nil {
		return nil, &exit.Failure{
			Code: problem.ExitDenied, Reason: string(problem.Unauthenticated),
			Message: fmt.Sprintf("you signed in to %s, which has ended: %v", a.server, err),
			Action:  "Sign in again with sfctl login, which knows issuer " + kept.Issuer + ".",
		}
	}
	return current, nil
}

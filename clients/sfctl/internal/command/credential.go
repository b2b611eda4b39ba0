package command

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/streamflow/streamflow/clients/sfctl/devsuite"
	"github.com/streamflow/streamflow/clients/sfctl/internal/exit"
	"github.com/streamflow/streamflow/platform/problem"
)

// token is what the gateway is called with; nil where there is nothing. A token that was given
// goes to the server that was given; one that was found goes to the address that was written
// beside it, and to no other: that of who signed in, or that of sfctl dev.
func (a *app) token() (tokenSource, error) {
	if a.tokenFile != "" {
		return a.tokenOfFile(a.tokenFile)
	}
	if given := a.fromEnv("SF_TOKEN", ""); given != "" {
		token, err := devsuite.ParseToken(given)
		if err != nil {
			return nil, exit.BadUsage(fmt.Errorf("SF_TOKEN: %w", err))
		}
		return always(token), nil
	}
	if source, err := a.signedIn(); source != nil || err != nil {
		return source, err
	}
	if token := a.tokenIn(dataDir(a.proc.Env, os.Geteuid())); token != "" {
		return always(token), nil
	}
	return nil, nil
}

// tokenIn is the token of the `sfctl dev` that keeps its data in a folder; empty where there
// is none for the server that is called.
func (a *app) tokenIn(dir string) string {
	if !filepath.IsAbs(dir) { // of nobody's home: it is whatever lies here
		return ""
	}
	token, at, err := devsuite.ReadAccess(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission):
		return ""
	case err != nil:
		a.note("The token of sfctl dev is not used: %v", err)
		return ""
	case at.Server != strings.TrimPrefix(a.server, overTLS):
		a.other = at.Server
		return ""
	}
	return token
}

// advised says of a call that came without a token which there is, and for whom.
func (a *app) advised(f *exit.Failure) *exit.Failure {
	if f.Reason == string(problem.Unauthenticated) && a.other != "" {
		f.Action = fmt.Sprintf("The token of sfctl dev on this machine is for %s, and is sent nowhere else: call that, or give another with --token-file.", a.other)
	}
	return f
}

// tokenName is the name that the token of who starts a suite gets: theirs on this machine,
// as far as a token's name may be.
func tokenName() string {
	name := "user" + strconv.Itoa(os.Geteuid())
	if u, err := user.Current(); err == nil && plainName(u.Username) {
		name = u.Username
	}
	if host, err := os.Hostname(); err == nil && plainName(name+"@"+host) {
		name += "@" + host
	}
	return name
}

// plainName says whether a token may have a name.
func plainName(name string) bool {
	if len(name) == 0 || len(name) > 100 {
		return false
	}
	for i, r := range name {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		mark := r == '.' || r == '_' || r == '@' || r == '+' || r == '-'
		if !letter && (i == 0 || !mark) {
			return false
		}
	}
	return true
}

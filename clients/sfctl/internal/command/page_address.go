package command

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/streamflow/streamflow/clients/sfctl/devsuite"
	"github.com/streamflow/streamflow/clients/sfctl/internal/exit"
)

// pageAt is where the page is: as given, or as it is written beside the token that the gateway
// is called with. It is never guessed: whoever listens there gets a secret. Errors: USAGE
// where nothing says it.
func (a *app) pageAt(given string) (string, error) {
	if given != "" {
		return given, nil
	}
	file := a.tokenLies()
	if file == "" {
		return "", pageUnknown("SF_TOKEN says nothing of the page")
	}
	at, err := devsuite.ReadPlace(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", pageUnknown("nothing beside %s says it", file)
	case err != nil:
		return "", pageUnknown("%w", err)
	case at.Server != strings.TrimPrefix(a.server, overTLS) || at.Page == "":
		return "", pageUnknown("what lies beside %s is for the server %s, and %s is called", file, at.Server, a.server)
	}
	return at.Page, nil
}

// tokenLies is the file of the token that the gateway is called with; empty where the
// environment holds the token itself, or there is no home to look in.
func (a *app) tokenLies() string {
	if a.tokenFile != "" {
		return a.tokenFile
	}
	dir := dataDir(a.proc.Env, os.Geteuid())
	if a.fromEnv("SF_TOKEN", "") != "" || !filepath.IsAbs(dir) {
		return ""
	}
	return devsuite.TokenFile(dir)
}

func pageUnknown(why string, args ...any) error {
	f := exit.BadUsage(fmt.Errorf("where the page is is not known: "+why, args...))
	f.Action = "Give its address with --page, such as --page https://streamflow.example. Nothing was made: a link holds a secret, and goes to no address that was guessed."
	return f
}

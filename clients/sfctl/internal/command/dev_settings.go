package command

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/clients/sfctl/devsuite"
	"github.com/streamflow/streamflow/clients/sfctl/internal/exit"
)

// settle makes what was given on the command line final: paths absolute, defaults in
// place. What cannot be is refused before anything is set up.
func (a *app) settle(cfg *devsuite.Config) error {
	if cfg.Auth != devsuite.AuthTokens && cfg.Auth != devsuite.AuthNone {
		return exit.BadUsage(fmt.Errorf("--auth %q: want %s or %s", cfg.Auth, devsuite.AuthTokens, devsuite.AuthNone))
	}
	cfg.User = tokenName()
	var err error
	if cfg.SourceRoots, err = roots(cfg.SourceRoots); err != nil {
		return err
	}
	if len(cfg.SourceRoots) == 0 {
		here, err := os.Getwd()
		if err != nil {
			return exit.BadUsage(fmt.Errorf("the current folder: %w: give --root", err))
		}
		cfg.SourceRoots = a.defaultRoots(here, os.Geteuid())
	}
	if cfg.DataSchemas, err = schemas(cfg.DataSchemas); err != nil {
		return err
	}
	if cfg.DataDir == "" {
		cfg.DataDir = dataDir(a.proc.Env, os.Geteuid())
	}
	if cfg.DataDir, err = filepath.Abs(cfg.DataDir); err != nil {
		return exit.BadUsage(fmt.Errorf("--data: %w", err))
	}
	if info, err := os.Stat(cfg.DataDir); err == nil && !info.IsDir() {
		return exit.BadUsage(fmt.Errorf("--data %s is a file: give a folder, which is made where it is missing", cfg.DataDir))
	}
	return nil
}

// publicSchema is where the built-in dataset's tables are.
const publicSchema = "public"

// schemas are the ones that datasets may make tables in.
func schemas(given []string) ([]string, error) {
	all := []string{publicSchema}
	for _, name := range given {
		if name == "" {
			return nil, exit.BadUsage(errors.New("--data-schema is empty: give the name of a schema"))
		}
		if !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all, nil
}

// listFromEnv reads a variable whose values are separated by commas.
func (a *app) listFromEnv(name string) []string {
	var values []string
	for v := range strings.SplitSeq(a.fromEnv(name, ""), ",") {
		if v = strings.TrimSpace(v); v != "" {
			values = append(values, v)
		}
	}
	return values
}

// defaultRoots are the folders that files may come from where none is named: the current
// one. What root may read, everybody who reaches the gateway could read by runs, and
// in / that is the whole machine: there, nothing is open until somebody says what.
func (a *app) defaultRoots(here string, uid int) []string {
	const name = "no file can be delivered until --root names the folders that files may come from:\n" +
		"  whoever reaches the gateway can read by runs what lies there.\n"
	switch {
	case uid == 0:
		_, _ = fmt.Fprintf(a.proc.Err, "%s it runs as root, who may read everything; %s", a.errStyle().Bad("WARNING:"), name) // nobody left to tell
		return nil
	case filepath.Dir(here) == here:
		_, _ = fmt.Fprintf(a.proc.Err, "%s the current folder is %s; %s", a.errStyle().Bad("WARNING:"), here, name) // nobody left to tell
		return nil
	}
	return []string{here}
}

// warnOfOthers says, also where it is to be quiet, that others than the user of this
// machine may reach the suite.
func (a *app) warnOfOthers(cfg devsuite.Config) {
	if cfg.Auth == devsuite.AuthNone {
		_, _ = fmt.Fprintf(a.proc.Err, "%s nobody is asked for a token (--auth none).\n", a.errStyle().Bad("WARNING:")) // nobody left to tell
	}
	open := slices.DeleteFunc([]string{cfg.GRPCListen, cfg.HTTPListen}, loopback)
	if len(open) == 0 || cfg.TLS && cfg.Auth != devsuite.AuthNone {
		return
	}
	risk := "and speaks without TLS:\n  who can read the network on the way can read tokens, and do with them what theirs may"
	if cfg.Auth == devsuite.AuthNone {
		risk = "and asks nobody for a token:\n  whoever can reach it may start runs"
	}
	_, _ = fmt.Fprintf(a.proc.Err, "%s it listens at %s, not only for this machine, %s, and read by them the files under %s.\n",
		a.errStyle().Bad("WARNING:"), strings.Join(open, " and "), risk, from(cfg.SourceRoots)) // nobody left to tell
}

// loopback says whether only this machine reaches an address.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return true // it cannot be listened at, which is told soon
	}
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

// dataDir is where the data lies unless told: where the system keeps the state of its
// services for root, who cannot use the home (PostgreSQL runs as another user, who
// cannot enter it), and the user's own data folder otherwise
// (https://specifications.freedesktop.org/basedir-spec).
func dataDir(env func(string) (string, bool), uid int) string {
	if uid == 0 {
		return "/var/lib/streamflow"
	}
	if dir, ok := env("XDG_DATA_HOME"); ok && filepath.IsAbs(dir) {
		return filepath.Join(dir, "streamflow")
	}
	home, _ := env("HOME")
	return filepath.Join(home, ".local", "share", "streamflow")
}

// roots are the folders that files may come from, which have to be there.
func roots(given []string) ([]string, error) {
	absolute := make([]string, 0, len(given))
	for _, root := range given {
		path, err := filepath.Abs(root)
		if err != nil {
			return nil, exit.BadUsage(fmt.Errorf("--root %s: %w", root, err))
		}
		if info, err := os.Stat(path); err != nil || !info.IsDir() {
			return nil, exit.BadUsage(fmt.Errorf("--root %s: there is no such folder", path))
		}
		absolute = append(absolute, path)
	}
	return absolute, nil
}

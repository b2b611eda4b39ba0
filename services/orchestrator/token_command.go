package orchestrator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/streamflow/streamflow/platform/config"
	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/platform/identity"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/services/orchestrator/internal/store"
)

// tokenMaker is who made a token that nobody with a token made.
const tokenMaker = "orchestratord"

// firstToken are the settings of `orchestratord token create`.
type firstToken struct {
	databaseURL, name, role, out string
	datasets                     []string
	lasts                        time.Duration
	missing                      bool
}

// tokenCommand makes a token with the database's address alone: the first one, for which
// there is no other to ask with, or one for whoever lost theirs. It prints the secret, or
// writes it into a file, as the header that curl and sfctl send.
func tokenCommand(ctx context.Context, args []string, env func(string) (string, bool), out, stderr io.Writer) error {
	if len(args) == 0 || args[0] != "create" {
		return fmt.Errorf("%w: want: orchestratord token create --name NAME --role ROLE", daemon.ErrUsage)
	}
	f, n, err := readFirstToken(args[1:], env, stderr)
	if err != nil {
		return err
	}
	pool, err := postgres.Open(postgres.PoolConfig{URL: f.databaseURL, Application: "streamflow-orchestrator-token", MaxConns: 1})
	if err != nil {
		return err
	}
	defer pool.Close()
	if err := postgres.Ready(ctx, pool, postgres.Foundation(), Migrations()); err != nil {
		return err
	}
	there, err := present(f.out)
	if err != nil || there && f.missing {
		return err
	}
	deliver, err := f.open(out)
	if err != nil {
		return err
	}
	t, secret, err := store.New(pool).CreateToken(ctx, n)
	if err := deliver(secret, err); err != nil {
		return err
	}
	_, err = fmt.Fprintf(stderr, "%s of %s: %s of %s\n", t.Token, t.Name, t.Role, t.Scope())
	return err
}

func readFirstToken(args []string, env func(string) (string, bool), stderr io.Writer) (*firstToken, store.NewToken, error) {
	f := &firstToken{role: string(identity.Admin)}
	set := config.New("orchestratord token create", stderr, env)
	set.Lead("Usage: orchestratord token create [settings]\n\nMakes a token, and prints its secret this once. Settings:\n")
	set.String(&f.databaseURL, "database-url", "SF_DATABASE_URL", "PostgreSQL as the service's own role, postgres://sf_orchestrator:password@host:port/database")
	set.String(&f.name, "name", "SF_TOKEN_NAME", "who will call with it; otherwise the role's name")
	set.String(&f.role, "role", "SF_TOKEN_ROLE", "reader, operator, steward or admin")
	set.List(&f.datasets, "dataset", "SF_TOKEN_DATASETS", "dataset that it is for; may be repeated; otherwise all")
	set.Duration(&f.lasts, "expires-in", "SF_TOKEN_EXPIRES_IN", "how long it lasts; otherwise until it is revoked")
	set.String(&f.out, "out", "SF_TOKEN_OUT", "file to write it to, as the header that curl -H @FILE and sfctl --token-file send; none may be there")
	set.Bool(&f.missing, "if-missing", "SF_TOKEN_IF_MISSING", "make none where the file of --out is there already")
	rest, err := set.Parse(args)
	if err != nil {
		return nil, store.NewToken{}, err
	}
	n, err := f.settle(rest)
	if err != nil {
		return nil, n, fmt.Errorf("%w: %w", daemon.ErrUsage, err)
	}
	return f, n, nil
}

func (f *firstToken) settle(rest []string) (store.NewToken, error) {
	role, err := identity.ParseRole(f.role)
	switch {
	case err != nil:
		return store.NewToken{}, err
	case len(rest) > 0:
		return store.NewToken{}, fmt.Errorf("unexpected argument %q", rest[0])
	case f.databaseURL == "":
		return store.NewToken{}, errors.New("give the database's URL with --database-url or SF_DATABASE_URL")
	case f.lasts < 0:
		return store.NewToken{}, fmt.Errorf("expires-in: expected a time above 0, found %s", f.lasts)
	case f.missing && f.out == "":
		return store.NewToken{}, errors.New("--if-missing is about the file of --out, and there is none")
	}
	if f.name == "" {
		f.name = f.role
	}
	slices.Sort(f.datasets)
	return store.NewToken{
		Name: f.name, Role: role, All: len(f.datasets) == 0, Datasets: slices.Compact(f.datasets), Lasts: f.lasts, RequestedBy: tokenMaker,
	}, nil
}

// present says whether there is a file, or anything else, at a path; at none there is not.
func present(path string) (bool, error) {
	if path == "" {
		return false, nil
	}
	_, err := os.Lstat(path)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// open makes sure, before there is a token, of the place that its secret goes to: a new file
// that its owner alone may read, or out. What it returns puts the secret there; where there
// is none, for the error that it is given, it takes the file away again.
func (f *firstToken) open(out io.Writer) (deliver func(secret string, failed error) error, err error) {
	if f.out == "" {
		return func(secret string, failed error) error {
			if failed != nil {
				return failed
			}
			_, err := fmt.Fprintln(out, secret)
			return err
		}, nil
	}
	file, err := os.OpenFile(f.out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("write the token: %w", err)
	}
	return func(secret string, failed error) error {
		if failed != nil {
			return errors.Join(failed, file.Close(), os.Remove(f.out))
		}
		_, err := fmt.Fprintf(file, "Authorization: Bearer %s\n", secret)
		if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
			return fmt.Errorf("write the token: %w", err)
		}
		return nil
	}, nil
}

package privatepg

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/streamflow/streamflow/platform/problem"
)

// superuser is the role that owns everything on the server.
const superuser = "postgres"

// ensurePassword returns the superuser's password, and makes one for a new cluster.
func ensurePassword(l layout, a *account) (string, error) {
	b, err := os.ReadFile(l.password())
	if err == nil && strings.TrimSpace(string(b)) != "" {
		return strings.TrimSpace(string(b)), nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read the server's password: %w", err)
	}
	if l.initialized() {
		return "", problem.New(problem.PostgresNotStarted,
			"the cluster in %s has a password, but the file %s that held it is gone; put it back, or choose another data folder", l.pgdata(), l.password())
	}
	password := rand.Text()
	return password, writeFile(l.password(), password+"\n", 0o600, a)
}

// initialize makes a cluster beside its place and then moves it there, so that a
// folder called pgdata is always a whole one.
func initialize(ctx context.Context, l layout, a *account, bin string, fast bool) error {
	if err := os.RemoveAll(l.nascent()); err != nil {
		return fmt.Errorf("clear what an earlier initdb left: %w", err)
	}
	if err := os.Mkdir(l.nascent(), 0o700); err != nil {
		return fmt.Errorf("make the cluster's folder: %w", err)
	}
	if a.switched {
		if err := os.Chown(l.nascent(), int(a.uid), int(a.gid)); err != nil {
			return fmt.Errorf("give the cluster to %s: %w", a.name, err)
		}
	}
	args := []string{
		"-D", l.nascent(), "-U", superuser, "--pwfile=" + l.password(),
		"--auth=scram-sha-256", "--encoding=UTF8", "--locale=C",
	}
	if fast {
		args = append(args, "--no-sync")
	}
	if out, err := run(ctx, a, l.dir, filepath.Join(bin, "initdb"), args...); err != nil {
		return problem.Wrap(err, problem.PostgresNotStarted,
			"PostgreSQL's initdb could not make a cluster in %s: %v; it said:\n%s", l.dir, err, lastLines(out, 10))
	}
	if err := os.Rename(l.nascent(), l.pgdata()); err != nil {
		return fmt.Errorf("put the new cluster in its place: %w", err)
	}
	return nil
}

package privatepg

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/streamflow/streamflow/platform/problem"
)

// reach checks that the account may enter every folder on the way to a path and the
// path itself, as far as they exist. Root gives up its rights for the server, so a
// folder below /root, for one, is out of the server's reach.
func (a *account) reach(path string) error {
	if !a.switched {
		return nil
	}
	blocked, err := a.blockedAt(path)
	if err != nil || blocked == "" {
		return err
	}
	return problem.New(problem.PostgresNotStarted,
		"PostgreSQL runs as the user %s, who cannot reach %s: the folder %s does not let other users pass; choose a data folder elsewhere, such as --data /var/lib/streamflow, or run as a plain user",
		a.name, path, blocked)
}

// blockedAt returns the topmost folder on the way to a path that the account may not
// enter, and "" where it may enter all.
func (a *account) blockedAt(path string) (string, error) {
	for _, dir := range way(resolve(path)) {
		info, err := os.Stat(dir)
		if errors.Is(err, fs.ErrNotExist) {
			return "", nil
		}
		if err != nil {
			return "", err
		}
		if !a.mayEnter(info) {
			return dir, nil
		}
	}
	return "", nil
}

// mayEnter reads the execute bit that counts for the account, on a folder or a program.
func (a *account) mayEnter(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return true
	}
	perm := info.Mode().Perm()
	switch {
	case st.Uid == a.uid:
		return perm&0o100 != 0
	case st.Gid == a.gid:
		return perm&0o010 != 0
	default:
		return perm&0o001 != 0
	}
}

// way lists a path and the folders above it, from the root down.
func way(path string) []string {
	if parent := filepath.Dir(path); parent != path {
		return append(way(parent), path)
	}
	return []string{path}
}

// resolve follows the symbolic links of the part of a path that exists.
func resolve(path string) string {
	if followed, err := filepath.EvalSymlinks(path); err == nil {
		return followed
	}
	parent := filepath.Dir(path)
	if parent == path {
		return path
	}
	return filepath.Join(resolve(parent), filepath.Base(path))
}

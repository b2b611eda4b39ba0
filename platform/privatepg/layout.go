package privatepg

import (
	"fmt"
	"os"
	"path/filepath"
)

// layout names what lies in the server's folder.
type layout struct{ dir string }

func (l layout) pgdata() string   { return filepath.Join(l.dir, "pgdata") }
func (l layout) nascent() string  { return filepath.Join(l.dir, "pgdata.new") }
func (l layout) config() string   { return filepath.Join(l.dir, "postgresql.conf") }
func (l layout) password() string { return filepath.Join(l.dir, "password") }
func (l layout) port() string     { return filepath.Join(l.dir, "port") }
func (l layout) log() string      { return filepath.Join(l.dir, "postgres.log") }
func (l layout) lock() string     { return filepath.Join(l.dir, "lock") }

// initialized says whether the folder holds a cluster.
func (l layout) initialized() bool {
	_, err := os.Stat(filepath.Join(l.pgdata(), "PG_VERSION"))
	return err == nil
}

// writeFile replaces a file at once: a reader, or a second start after a power cut,
// finds the old content or the new one, and a symbolic link in its place is not
// followed.
func writeFile(path, content string, mode os.FileMode, owner *account) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() { _ = os.Remove(f.Name()) }()
	if err := fill(f, content, mode, owner); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

func fill(f *os.File, content string, mode os.FileMode, owner *account) error {
	_, err := f.WriteString(content)
	if err == nil {
		err = f.Chmod(mode)
	}
	if err == nil && owner != nil && owner.switched {
		err = f.Chown(int(owner.uid), int(owner.gid))
	}
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

// makeFolders makes a folder and what lacks above it, open to all whatever this
// process's umask: the server may run as another user than we. What is secret in such
// a folder has a mode of its own.
func makeFolders(path string) error {
	for _, dir := range way(path) {
		err := os.Mkdir(dir, 0o755)
		if err == nil {
			err = os.Chmod(dir, 0o755)
		}
		if info, statErr := os.Stat(dir); err != nil && (statErr != nil || !info.IsDir()) {
			return err
		}
	}
	return nil
}

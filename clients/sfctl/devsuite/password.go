package devsuite

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	passwordFile = "passwords.json"
	pgpassFile   = "pgpass"
)

// Pgpass is the file in a data folder with which psql logs in as the owner.
func Pgpass(dataDir string) string { return filepath.Join(dataDir, pgpassFile) }

// passwords are those of the services' roles, by role.
type passwords map[string]string

// ensurePasswords reads the folder's passwords, and makes those that are missing.
// Without a folder they are made anew each time: the migrations set them.
func ensurePasswords(dir string, roles []string) (passwords, error) {
	p := passwords{}
	if dir == "" {
		p.complete(roles)
		return p, nil
	}
	path := filepath.Join(dir, passwordFile)
	unlock, err := lockPasswords(path)
	if err != nil {
		return nil, err
	}
	defer unlock()
	text, err := readSecret(path)
	if err == nil {
		err = json.Unmarshal(text, &p)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the services' passwords from %s: %w", path, err)
	}
	if !p.complete(roles) {
		return p, nil
	}
	text, err = json.MarshalIndent(p, "", "  ")
	if err != nil {
		return nil, err
	}
	return p, writeSecret(path, append(text, '\n'))
}

// complete makes the passwords that are missing, and says whether any was.
func (p passwords) complete(roles []string) (made bool) {
	for _, role := range roles {
		if p[role] == "" {
			p[role], made = rand.Text(), true
		}
	}
	return made
}

// lockPasswords keeps another suite of the same folder, which may stand on a database
// of the same server, from making passwords of its own at the same moment. The file
// itself is replaced, and cannot hold the lock.
func lockPasswords(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
	}
	return func() { _ = f.Close() }, nil
}

// url is the owner's URL with a role's name and password in place of the owner's.
func (p passwords) url(ownerURL, role string) (string, error) {
	u, err := url.Parse(ownerURL)
	if err != nil || u.Host == "" {
		return "", errors.New("the owner's database URL must be written as postgres://user:password@host:port/database")
	}
	u.User = url.UserPassword(role, p[role])
	return u.String(), nil
}

// writePgpass lets psql log in as the owner without a password on its command line.
func writePgpass(dir, ownerURL string) error {
	u, err := url.Parse(ownerURL)
	if err != nil {
		return fmt.Errorf("owner's database URL: %w", err)
	}
	password, _ := u.User.Password()
	escape := strings.NewReplacer(`\`, `\\`, `:`, `\:`).Replace
	line := strings.Join([]string{u.Hostname(), u.Port(), "*", u.User.Username(), escape(password)}, ":")
	return writeSecret(Pgpass(dir), []byte(line+"\n"))
}

// writeSecret replaces a file that only its owner may read, whole or not at all.
func writeSecret(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".") // mode 0600
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

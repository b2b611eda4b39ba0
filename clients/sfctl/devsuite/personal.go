package devsuite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/streamflow/streamflow/platform/personal"
)

// personalFile holds the keys by which personal values are shown, the newest last.
const personalFile = "pii.keys"

// PersonalKeys is the file in a data folder that holds the keys of personal values.
func PersonalKeys(dataDir string) string { return filepath.Join(dataDir, personalFile) }

// ensurePersonal reads the folder's keys of personal values, and makes one where there is
// none. Without a folder there is one for as long as the suite runs: tokens of another run
// are then others.
func ensurePersonal(dir string) (*personal.Keys, error) {
	if dir == "" {
		return personal.Parse(personal.NewKey())
	}
	path := PersonalKeys(dir)
	_, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		err = makePersonal(path)
	}
	if err != nil {
		return nil, fmt.Errorf("make the key of personal values: %w", err)
	}
	return personal.Open(path)
}

// makePersonal writes a new key, unless another suite of the folder was faster: its is kept,
// since tokens are made with it by now.
func makePersonal(path string) error {
	made := path + ".new"
	unlock, err := lockPasswords(path)
	if err != nil {
		return err
	}
	defer unlock()
	if err := writeSecret(made, []byte(personal.NewKey()+"\n")); err != nil {
		return err
	}
	err = os.Link(made, path)
	if errors.Is(err, fs.ErrExist) {
		err = nil
	}
	return errors.Join(err, os.Remove(made))
}

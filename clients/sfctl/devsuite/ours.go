package devsuite

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// othersWrite are the permissions by which others than the owner change a file.
const othersWrite fs.FileMode = 0o022

// ours refuses a folder or file that another user owns or may write: what is read there
// decides who gets into the database, and what is written there could be anybody's.
func ours(path string, info fs.FileInfo) error {
	st, ok := info.Sys().(*syscall.Stat_t)
	if mine := os.Geteuid(); ok && int(st.Uid) != mine {
		return fmt.Errorf("expected %s to be of the user who starts the suite (%d), found it to be of user %d: "+
			"start it as that user, or give another folder", path, mine, st.Uid)
	}
	return closed(path, info)
}

// closed refuses a folder or file that others than its owner may write.
func closed(path string, info fs.FileInfo) error {
	if info.Mode().Perm()&othersWrite == 0 {
		return nil
	}
	return fmt.Errorf("expected %s to be written by its owner alone, found mode %04o: chmod go-w %s, once you know that nobody has",
		path, info.Mode().Perm(), path)
}

// closedFolder refuses a folder that is there and that others than its owner may write. It may
// be of another user, as PostgreSQL's is.
func closedFolder(dir string) error {
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return closed(dir, info)
}

// ourFolder makes a folder where it is missing, and refuses one that is not ours.
func ourFolder(dir string) error {
	// Others may enter, because PostgreSQL may run as another user; what is secret in
	// the folder has a mode of its own.
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	return ours(dir, info)
}

// readSecret reads a file that nobody else may have written or read, and no link to one.
func readSecret(path string) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat() // of what was opened
	if err == nil {
		err = ours(path, info)
	}
	if err == nil && info.Mode().Perm()&0o077 != 0 {
		err = fmt.Errorf("expected %s to be read by its owner alone, found mode %04o: chmod 600 %s, and make another secret where others may have read it",
			path, info.Mode().Perm(), path)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	text, err := io.ReadAll(f)
	return text, errors.Join(err, f.Close())
}

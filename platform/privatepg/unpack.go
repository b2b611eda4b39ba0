package privatepg

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// symlinkList is where a package lists the symbolic links of its libraries, which
// npm's tarballs cannot hold.
const symlinkList = "native/pg-symlinks.json"

// unpack unpacks an npm tarball into a new folder, without the folder "package" that
// all is in, and makes the links that it lists. Nothing is written outside the
// folder, and no link leads out of it.
func unpack(tarball, into string) error {
	f, err := os.Open(tarball)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	if err := os.Mkdir(into, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(into)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return errors.Join(link(root), openFolders(into))
		}
		if err != nil {
			return err
		}
		if err := unpackEntry(root, h, r); err != nil {
			return fmt.Errorf("%s: %w", h.Name, err)
		}
	}
}

var errOutside = errors.New("leads out of the package, refused")

func unpackEntry(root *os.Root, h *tar.Header, content io.Reader) error {
	_, name, inside := strings.Cut(path.Clean(h.Name), "/")
	if !filepath.IsLocal(h.Name) {
		return errOutside
	}
	if !inside {
		return nil // the folder "package" itself
	}
	if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	switch h.Typeflag {
	case tar.TypeDir:
		return root.MkdirAll(name, 0o755)
	case tar.TypeReg:
		return writeEntry(root, name, h, content)
	case tar.TypeSymlink:
		return symlink(root, h.Linkname, name)
	default:
		return fmt.Errorf("is neither file, folder nor symbolic link (type %q), refused", h.Typeflag)
	}
}

func writeEntry(root *os.Root, name string, h *tar.Header, content io.Reader) error {
	// Programs stay programs; for the rest of the bits there is no use.
	mode := fs.FileMode(0o644)
	if h.FileInfo().Mode()&0o111 != 0 {
		mode = 0o755
	}
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = io.CopyN(f, content, h.Size)
	if err == nil {
		err = f.Chmod(mode) // whatever this process's umask
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

// link makes the links that the package lists, each relative to the folder it is in.
func link(root *os.Root) error {
	b, err := root.ReadFile(symlinkList)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var links []struct{ Source, Target string }
	if err := json.Unmarshal(b, &links); err != nil {
		return fmt.Errorf("%s: %w", symlinkList, err)
	}
	for _, l := range links {
		to, err := filepath.Rel(path.Dir(l.Target), l.Source)
		if err != nil {
			return fmt.Errorf("%s: %w", symlinkList, err)
		}
		if err := symlink(root, to, l.Target); err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("%s: link %s: %w", symlinkList, l.Target, err)
		}
	}
	return nil
}

// symlink makes a symbolic link that stays inside the root.
func symlink(root *os.Root, to, name string) error {
	if path.IsAbs(to) || !filepath.IsLocal(name) || !filepath.IsLocal(path.Join(path.Dir(name), to)) {
		return errOutside
	}
	return root.Symlink(to, name)
}

// openFolders lets every user into the unpacked folders, whatever this process's
// umask: the server may run as another user than we.
func openFolders(dir string) error {
	return filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		return os.Chmod(p, 0o755) //nolint:gosec // the folder is new and our own; unpacking kept every link inside
	})
}

package source

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// ErrMissing says that the folder has no file of that name.
var ErrMissing = errors.New("no such file")

// ErrNotRegular says that what has the name is no file with content: a folder, a
// pipe, a device.
var ErrNotRegular = errors.New("not a regular file")

// ErrFolder says that what has the name is a folder; it is ErrNotRegular, too.
var ErrFolder = fmt.Errorf("a folder: %w", ErrNotRegular)

// ErrOutside says that the name leads out of the source root.
var ErrOutside = errors.New("leads out of the source root")

// ErrDangling says that the name is a link to nothing.
var ErrDangling = errors.New("a link to nothing")

// ErrAbsoluteLink says that the name is a link by an absolute path. It may lead to a
// place under the root, but only relative links are followed.
var ErrAbsoluteLink = errors.New("a link by an absolute path")

// outside is what os.Root answers to a path that leads out of it, and to every link
// by an absolute path. Go does not export the error (os.errPathEscapes).
const outside = "path escapes from parent"

// explain says why a path in the folder cannot be looked at. It may be a folder on the
// way that is a link.
func (f *Folder) explain(path string, err error) error {
	missing := errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
	escapes := err != nil && strings.HasSuffix(err.Error(), outside)
	switch {
	case errors.Is(err, syscall.ELOOP):
		return ErrDangling // links that lead to each other lead nowhere
	case !missing && !escapes:
		return err
	}
	if link := f.brokenLink(path); link != "" {
		if missing {
			return ErrDangling
		}
		return f.leads(filepath.Join(f.root.Name(), link))
	}
	if missing {
		return ErrMissing
	}
	return ErrOutside
}

// brokenLink returns the first part of the path that is a link which is not followed;
// empty where there is none.
func (f *Folder) brokenLink(path string) string {
	for at := 0; at < len(path); at++ {
		if at+1 < len(path) && path[at+1] != filepath.Separator {
			continue
		}
		part := path[:at+1]
		info, err := f.root.Lstat(part)
		if err != nil {
			return ""
		}
		if _, err := f.root.Stat(part); err != nil && info.Mode()&fs.ModeSymlink != 0 {
			return part
		}
	}
	return ""
}

// leads says where a link goes that os.Root does not follow: the answer is for people. It is
// told by what the link says, and looked for under the root alone, so that nobody learns what
// is there and what is not outside of it.
func (f *Folder) leads(link string) error {
	to, err := os.Readlink(link)
	if err != nil {
		return ErrOutside
	}
	if !filepath.IsAbs(to) {
		to = filepath.Join(filepath.Dir(link), to)
	}
	rel, under := below(f.root.Name(), filepath.Clean(to))
	if !under {
		return ErrOutside
	}
	_, err = f.root.Stat(rel)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return ErrDangling
	case err != nil && strings.HasSuffix(err.Error(), outside):
		return ErrOutside
	}
	return ErrAbsoluteLink
}

// kind says what a file that has no content of its own is.
func kind(info os.FileInfo) error {
	switch {
	case info.IsDir():
		return ErrFolder
	case !info.Mode().IsRegular():
		return ErrNotRegular
	}
	return nil
}

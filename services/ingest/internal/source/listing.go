package source

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/dataset/filename"
)

// maxListed bounds how many entries of a folder are looked at. A delivery has two
// hundred files at most; who has more beside them is told of the first.
const maxListed = 10_000

// Listing is what lies in the folder and below it.
type Listing struct {
	// Files are the files by their path below the folder, in order, without hidden ones
	// and without the manifest.
	Files []string
	// Manifests are the names of the folder that are the manifest's but for letter case.
	Manifests []string
	// More says that there are files beyond those.
	More bool
	// Unknown says that the folder could not be listed; what is known of it may be little.
	Unknown bool
}

// List lists the folder, nearest files first to be found. Folders are not followed
// through links.
func (f *Folder) List() Listing {
	var l Listing
	left := maxListed
	for folders := []string{"."}; len(folders) > 0 && left > 0; folders = folders[1:] {
		entries, err := f.entries(folders[0], left)
		if err != nil && folders[0] == "." {
			l.Unknown = true
		}
		left -= len(entries)
		for _, e := range entries {
			name := path.Join(folders[0], e.Name())
			switch {
			case strings.HasPrefix(e.Name(), "."):
			case e.IsDir():
				folders = append(folders, name)
			case strings.EqualFold(name, filename.Manifest):
				l.Manifests = append(l.Manifests, name)
			case e.Type()&fs.ModeSymlink == 0 || !f.linkedFolder(name):
				l.Files = append(l.Files, name)
			}
		}
	}
	l.More = left <= 0
	slices.Sort(l.Files)
	return l
}

// entries reads a folder, at most n entries of it.
func (f *Folder) entries(name string, n int) ([]os.DirEntry, error) {
	defer f.watch.Begin(name)()
	dir, err := f.open(path.Join(f.rel, name))
	if err != nil {
		return nil, err
	}
	defer func() { _ = dir.Close() }()
	entries, err := dir.ReadDir(n)
	slices.SortFunc(entries, func(a, b os.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	if len(entries) > 0 {
		return entries, nil // what could be read is enough for a hint
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return nil, nil
}

func (f *Folder) linkedFolder(name string) bool {
	defer f.watch.Begin(name)()
	info, err := f.root.Stat(path.Join(f.rel, name))
	return err == nil && info.IsDir()
}

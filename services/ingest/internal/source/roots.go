// Package source opens what a delivery is read from: a folder under one of the
// configured roots. Nothing outside the roots is reachable, neither by "..", nor
// through a symbolic link, nor by one that is put there while a file is read.
package source

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/sourceuri"
)

// Roots are the folders that deliveries may lie in. With none, every source is
// refused.
type Roots []string

// Open opens the folder of a URI: an absolute path, or file:///path. It returns
// SOURCE_NOT_ALLOWED for what does not lie under a root, and SOURCE_NOT_FOUND for
// what lies there but is no folder.
func (r Roots) Open(uri string) (*Folder, error) { return r.Watched(uri, &Watch{}) }

// Watched is Open, and tells w of every call of the file system that it makes, and that
// the folder makes later.
func (r Roots) Watched(uri string, w *Watch) (*Folder, error) {
	path, err := sourceuri.Path(uri)
	if err != nil {
		return nil, err
	}
	if len(r) == 0 {
		return nil, problem.New(problem.SourceNotAllowed,
			"%s may not be read: no source root is configured; start ingest with --source-root or SF_SOURCE_ROOTS, `sfctl dev --root`", uri).With("source", uri)
	}
	for _, root := range r {
		folder, err := openUnder(root, path, w)
		if errors.Is(err, errElsewhere) {
			continue
		}
		if err != nil {
			return nil, notFound(uri, err)
		}
		return folder, nil
	}
	return nil, r.notAllowed(uri)
}

func (r Roots) notAllowed(uri string) error {
	return problem.New(problem.SourceNotAllowed,
		"%s may not be read: it does not lie under a source root (%s); move the files there, or start ingest with --source-root for theirs, `sfctl dev --root`",
		uri, strings.Join(r, ", ")).With("source", uri)
}

func notFound(uri string, err error) error {
	found := "there is no such folder"
	switch {
	case errors.Is(err, errNoFolder):
		found = "it is not a folder"
	case errors.Is(err, fs.ErrPermission):
		found = "ingest has no permission to read it"
	case !errors.Is(err, fs.ErrNotExist):
		found = err.Error()
	}
	return problem.Wrap(err, problem.SourceNotFound,
		"no folder of files at %s: %s, as ingest sees its file system", uri, found).With("source", uri)
}

var (
	errElsewhere = errors.New("not under this root")
	errNoFolder  = errors.New("not a folder")
)

// openUnder opens path where it lies under root, once both are free of symbolic
// links. What does not exist is placed by its name alone.
func openUnder(root, path string, w *Watch) (*Folder, error) {
	defer w.Begin(path)()
	realRoot, err := filepath.EvalSymlinks(root)
	if err != nil {
		return nil, errElsewhere // a root that is not there holds nothing
	}
	realPath, err := filepath.EvalSymlinks(path)
	if err != nil {
		rel, ok := below(root, path)
		if !ok || leadsOut(realRoot, rel) {
			return nil, errElsewhere
		}
		return nil, err
	}
	rel, ok := below(realRoot, realPath)
	if !ok {
		return nil, errElsewhere
	}
	opened, err := os.OpenRoot(realRoot)
	if err != nil {
		return nil, err
	}
	f := &Folder{root: opened, rel: rel, watch: w}
	if err := f.check(); err != nil {
		_ = opened.Close()
		return nil, err
	}
	return f, nil
}

// leadsOut says whether a path under the root goes through a link that leads out of it: what
// is there and what is not is told of the root alone.
func leadsOut(root, rel string) bool {
	opened, err := os.OpenRoot(root)
	if err != nil {
		return true
	}
	defer func() { _ = opened.Close() }()
	_, err = opened.Stat(rel)
	return err != nil && strings.HasSuffix(err.Error(), outside)
}

// below returns where path lies under root.
func below(root, path string) (string, bool) {
	rel, err := filepath.Rel(filepath.Clean(root), path)
	return rel, err == nil && filepath.IsLocal(rel)
}

package source

import (
	"errors"
	"io"

	"github.com/streamflow/streamflow/dataset/filename"
	"github.com/streamflow/streamflow/dataset/manifest"
)

// Manifest reads the folder's manifest: nil where it has none, and every mistake in it.
// An error is one of opening or reading it, as Open returns it.
func (f *Folder) Manifest() (*manifest.Manifest, []manifest.Mistake, error) {
	file, err := f.Open(filename.Manifest)
	if errors.Is(err, ErrMissing) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.LimitReader(file, manifest.MaxBytes+1))
	if err != nil {
		return nil, nil, err
	}
	m, mistakes := manifest.Parse(content)
	return m, mistakes, nil
}

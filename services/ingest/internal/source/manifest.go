package source

import (
	"errors"
	"io"
)

// ManifestName is the file in which a delivery may say what it is.
const ManifestName = "manifest.json"

// maxManifest bounds what is read of a manifest; two hundred files fit many times.
const maxManifest = 4 << 20

// Manifest is what a delivery says of itself. Fields that it does not say are
// empty; fields that are not known are ignored.
type Manifest struct {
	Dataset string         `json:"dataset"`
	AsOf    string         `json:"as_of"`
	Files   []ManifestFile `json:"files"`
}

// ManifestFile is what a manifest says of one file.
type ManifestFile struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
	Rows   *int64 `json:"rows"`
	Bytes  *int64 `json:"bytes"`
}

// File returns what the manifest says of a file; nil where it says nothing.
func (m *Manifest) File(name string) *ManifestFile {
	if m == nil {
		return nil
	}
	for i := range m.Files {
		if m.Files[i].Name == name {
			return &m.Files[i]
		}
	}
	return nil
}

// Manifest reads the folder's manifest; nil where it has none, *BadManifest where it
// is none, and otherwise an error as Open returns it.
func (f *Folder) Manifest() (*Manifest, error) {
	file, err := f.Open(ManifestName)
	if errors.Is(err, ErrMissing) {
		return nil, nil //nolint:nilnil // a delivery without a manifest is an ordinary one
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.LimitReader(file, maxManifest+1))
	if err != nil {
		return nil, err
	}
	if len(content) > maxManifest {
		return nil, &BadManifest{Expected: "at most 4 MiB", Found: "more"}
	}
	return parseManifest(content)
}

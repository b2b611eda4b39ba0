package source

import (
	"encoding/json"
	"errors"
	"fmt"
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

// Manifest reads the folder's manifest; nil where it has none.
func (f *Folder) Manifest() (*Manifest, error) {
	file, err := f.Open(ManifestName)
	if errors.Is(err, ErrMissing) {
		return nil, nil //nolint:nilnil // a delivery without a manifest is an ordinary one
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", ManifestName, err)
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.LimitReader(file, maxManifest+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", ManifestName, err)
	}
	if len(content) > maxManifest {
		return nil, fmt.Errorf("%s is longer than 4 MiB", ManifestName)
	}
	var m Manifest
	if err := json.Unmarshal(content, &m); err != nil {
		return nil, fmt.Errorf("%s is no manifest: %w", ManifestName, err)
	}
	return &m, nil
}

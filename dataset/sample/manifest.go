package sample

import (
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/builtin"
)

const manifestName = "manifest.json"

// Manifest describes a delivery; it is manifest.json beside the files.
type Manifest struct {
	// Dataset is the name of the dataset that the files are of.
	Dataset string `json:"dataset"`
	// AsOf is the date that the files describe, YYYY-MM-DD.
	AsOf string `json:"as_of"`
	// Files are the delivery's.
	Files []ManifestFile `json:"files"`
}

// ManifestFile describes one file of a delivery.
type ManifestFile struct {
	// Name of the file in the delivery's folder.
	Name string `json:"name"`
	// SHA256 of its content, in hex.
	SHA256 string `json:"sha256"`
	// Rows without the header.
	Rows int64 `json:"rows"`
	// Bytes of the whole file.
	Bytes int64 `json:"bytes"`
}

func manifestOf(asOf time.Time, files []*file) Manifest {
	m := Manifest{Dataset: builtin.Name, AsOf: dataset.FormatAsOf(asOf)}
	for _, f := range files {
		m.Files = append(m.Files, ManifestFile{Name: f.file, SHA256: f.checksum(), Rows: f.rows, Bytes: f.bytes})
	}
	return m
}

func (m Manifest) write(dir string) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, manifestName), append(text, '\n'), 0o644) //nolint:gosec // as readable as the files
}

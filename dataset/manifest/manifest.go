// Package manifest is what a delivery says of itself in its manifest.json: which
// dataset and as_of it is of, and of each file its name, checksum and size. One table
// of fields makes the reader, the JSON schema and the reference page, so that they
// cannot disagree. A manifest is there to be relied on: what cannot be meant is a
// mistake, and nothing is passed over.
package manifest

// Manifest is what a delivery says of itself. Fields that it does not say are empty.
type Manifest struct {
	// Dataset is the name of the dataset that the files are of.
	Dataset string `json:"dataset,omitempty"`
	// AsOf is the date that the files describe, YYYY-MM-DD.
	AsOf string `json:"as_of,omitempty"`
	// Files are the files of the delivery; none where the manifest does not list them.
	Files []File `json:"files,omitempty"`
}

// File is what a manifest says of one file.
type File struct {
	// Name of the file by its path below the source.
	Name string `json:"name"`
	// SHA256 of its content, 64 hex digits in lower case; empty where it is not said.
	SHA256 string `json:"sha256,omitempty"`
	// Rows without the header; nil where it is not said.
	Rows *int64 `json:"rows,omitempty"`
	// Bytes of the whole file; nil where it is not said.
	Bytes *int64 `json:"bytes,omitempty"`
}

// File returns what the manifest says of a file; nil where it says nothing.
func (m *Manifest) File(name string) *File {
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

// Mistake is something in a manifest that cannot be meant.
type Mistake struct {
	// Line on which it stands, 1 for the first.
	Line int
	// Field is its path, files[2].sha256; empty for the document.
	Field string
	// Expected is what is right, Found what stands there, Action what to do.
	Expected, Found, Action string
}

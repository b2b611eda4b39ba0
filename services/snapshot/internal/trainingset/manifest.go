package trainingset

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"google.golang.org/protobuf/encoding/protojson"

	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// Format names what a manifest is, and its version.
const Format = "streamflow.training-set/1"

// Manifest is everything from which the rows of a set can be made again, byte for byte,
// here or where the snapshots have the same content.
type Manifest struct {
	Format         string          `json:"format"`
	ID             string          `json:"id"`
	Dataset        string          `json:"dataset"`
	DatasetVersion string          `json:"dataset_version"`
	Name           string          `json:"name"`
	CreatedAt      time.Time       `json:"created_at"`
	RequestedBy    string          `json:"requested_by"`
	KnownAt        time.Time       `json:"known_at"`
	Definition     json.RawMessage `json:"definition"`
	// EntityRows are those that somebody brought; nil where the entities are of a snapshot.
	EntityRows *EntityRowsEntry `json:"entity_rows,omitempty"`
	Columns    []ColumnEntry    `json:"columns"`
	Tables     []TableEntry     `json:"tables"`
	Snapshots  []PinEntry       `json:"snapshots"`
	Joins      []JoinEntry      `json:"joins"`
	Rows       int64            `json:"rows"`
	Labelled   int64            `json:"labelled"`
	Parts      []PartEntry      `json:"parts,omitempty"`
	Waived     []Waiver         `json:"waived"`
	// Query is what made the rows, one statement for each date, with the names that the
	// relations had then.
	Query string `json:"query"`
	// File is of the file that the manifest lies beside; nil of a set that was not written.
	File *FileEntry `json:"file,omitempty"`
}

// EntityRowsEntry are entity rows that a set was built from: they are found by their hash.
type EntityRowsEntry struct {
	Name        string `json:"name"`
	ContentHash string `json:"content_hash"`
	Rows        int64  `json:"rows"`
}

// ColumnEntry is a column of the set.
type ColumnEntry struct {
	Name   string `json:"name"`
	Type   string `json:"type"`
	Role   string `json:"role"`
	Source string `json:"source,omitempty"`
}

// TypedEntry is a column of a snapshot.
type TypedEntry struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// TableEntry is what the set uses of a snapshot.
type TableEntry struct {
	Snapshot string       `json:"snapshot"`
	Key      []TypedEntry `json:"key"`
	Columns  []TypedEntry `json:"columns"`
}

// PinEntry is a revision that the set is made of.
type PinEntry struct {
	Snapshot    string    `json:"snapshot"`
	AsOf        string    `json:"as_of"`
	Revision    int32     `json:"revision"`
	ContentHash string    `json:"content_hash"`
	KnownAt     time.Time `json:"known_at"`
	Rows        int64     `json:"rows"`
	// Columns are those that it was stamped with, in their order, by the names that the set
	// knows: whatever they are called later, they are found by their place.
	Columns []string `json:"columns"`
}

// JoinEntry says which revisions the rows of a date are made of.
type JoinEntry struct {
	AsOf      string `json:"as_of"`
	LabelAsOf string `json:"label_as_of"`
	// Sources are, for each snapshot at an age that features come from, the as_of dates,
	// the newest first; in the order in which the features name them.
	Sources [][]string `json:"sources"`
}

// PartEntry is how many rows a part has.
type PartEntry struct {
	Name string `json:"name"`
	Rows int64  `json:"rows"`
}

// Waiver is what a guard found and whoever built the set said is meant.
type Waiver struct {
	Reason string   `json:"reason"`
	Found  []string `json:"found"`
}

// FileEntry is a file of the set's rows.
type FileEntry struct {
	Format string `json:"format"`
	Writer string `json:"writer"`
	Bytes  int64  `json:"bytes"`
	Rows   int64  `json:"rows"`
	SHA256 string `json:"sha256"`
	// ContentHash is of the rows, whatever wrote them; empty of CSV, whose bytes are for ever.
	ContentHash string `json:"content_hash,omitempty"`
}

// Text is the manifest as it is kept and handed out: JSON with two spaces, what HTML
// would mind as it is, a newline at the end.
func (m *Manifest) Text() (string, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(m); err != nil {
		return "", fmt.Errorf("write the manifest: %w", err)
	}
	return b.String(), nil
}

// Hash names a text by its hex SHA-256.
func Hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// definitionJSON is a definition as YAML names its fields, keys sorted: protojson
// promises neither an order nor stable white space.
func definitionJSON(d *datasetv1.TrainingSet) (json.RawMessage, error) {
	loose, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("write the definition: %w", err)
	}
	var content any
	if err := json.Unmarshal(loose, &content); err != nil {
		return nil, fmt.Errorf("write the definition: %w", err)
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(content); err != nil {
		return nil, fmt.Errorf("write the definition: %w", err)
	}
	return bytes.TrimSpace(b.Bytes()), nil
}

func typed(columns []layout.Column) []TypedEntry {
	out := make([]TypedEntry, 0, len(columns))
	for _, c := range columns {
		out = append(out, TypedEntry{c.Name, c.Type.String()})
	}
	return out
}

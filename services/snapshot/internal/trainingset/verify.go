package trainingset

import (
	"context"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/problem"
)

// Verification is what became of a set.
type Verification struct {
	// Differences are in words; none where the same bytes can be made.
	Differences []string
	// Snapshots are the revisions that were looked at.
	Snapshots int
	// Rows and SHA256 are of the file that was made again; empty where none was.
	Rows   int64
	SHA256 string
}

// Verify says whether a set can be made as its manifest has it. It makes the file again
// where the manifest has the hash of one, and otherwise hashes the rows of every revision;
// where the file is another one it says which revisions are.
func (t *Trainer) Verify(ctx context.Context, r *Recipe) (Verification, error) {
	v := Verification{Snapshots: len(pins(r.joins))}
	if r.Manifest.File != nil {
		file, _, err := t.Export(ctx, r, io.Discard)
		switch {
		case problem.Is(err, problem.TrainingSetChanged):
		case err != nil:
			return v, err
		case file == *r.Manifest.File:
			v.Rows, v.SHA256 = file.Rows, file.SHA256
			return v, nil
		default:
			v.Rows, v.SHA256 = file.Rows, file.SHA256
			v.Differences = append(v.Differences, fmt.Sprintf("file: expected %d bytes of SHA-256 %s, found %d of %s",
				r.Manifest.File.Bytes, r.Manifest.File.SHA256, file.Bytes, file.SHA256))
		}
	}
	err := t.reading(ctx, func(tx pgx.Tx) error {
		differences, err := r.tampered(ctx, tx)
		v.Differences = append(v.Differences, differences...)
		return err
	})
	return v, err
}

package trainingset

import (
	"context"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/snapshot/internal/format"
)

// Verification is what became of a set.
type Verification struct {
	// Differences are in words; none where the same rows can be made.
	Differences []string
	// Snapshots are the revisions that were looked at.
	Snapshots int
	// File is the one that was made again; empty where none was.
	File FileEntry
	// ErasedRows is how many rows of its revisions were erased since, and Reason what that, or
	// whatever else differs, is called; empty where nothing does.
	ErasedRows int64
	Reason     problem.Reason
	// OtherBytes says that its rows are those of the manifest's and its bytes are not,
	// because another version of the writer wrote it.
	OtherBytes bool
}

// Verify says whether a set can be made as its manifest has it. It makes the file again
// where the manifest has the hash of one, and otherwise hashes the rows of every revision;
// where the file is another one it says which revisions are.
func (t *Trainer) Verify(ctx context.Context, r *Recipe) (Verification, error) {
	v := Verification{Snapshots: len(pins(r.joins))}
	if r.Manifest.File != nil {
		file, _, err := t.Export(ctx, r, r.Format(), io.Discard)
		switch {
		case problem.Is(err, problem.TrainingSetChanged), problem.Is(err, problem.RetainedNoLonger), problem.Is(err, problem.ErasedSince):
		case err != nil:
			return v, err
		default:
			v.File = file
			same := r.Manifest.File.compare(file)
			if v.OtherBytes = same == sameRows; same != otherRows {
				return v, nil
			}
			v.Differences = append(v.Differences, "file: "+r.Manifest.File.unlike(file))
		}
	}
	err := t.of(r)(ctx, func(tx pgx.Tx) error {
		differences, err := r.tampered(ctx, tx)
		if err != nil {
			return err
		}
		rows, err := r.tamperedRows(ctx, tx)
		if err != nil {
			return err
		}
		if rows != nil {
			differences = append(differences, *rows)
		}
		if len(differences) > 0 && len(v.Differences) == 0 {
			v.Reason = reasonOf(differences)
		} else if len(differences)+len(v.Differences) > 0 {
			v.Reason = problem.TrainingSetChanged
		}
		for _, d := range differences {
			v.Differences, v.ErasedRows = append(v.Differences, d.says), v.ErasedRows+d.erased
		}
		return nil
	})
	return v, err
}

// Rebuilt holds a file that was made again to that of the manifest, and says whether its
// bytes are others, by another version of the writer. Errors: TRAINING_SET_CHANGED.
func (r *Recipe) Rebuilt(file FileEntry) (otherBytes bool, err error) {
	was := r.Manifest.File
	if was == nil {
		return false, nil
	}
	switch was.compare(file) {
	case sameBytes:
		return false, nil
	case sameRows:
		return true, nil
	default:
		return false, problem.New(problem.TrainingSetChanged,
			"the training set cannot be made again: %s; what was written is not the file of the manifest. `sfctl training-set verify` says which snapshot changed",
			was.unlike(file))
	}
}

// Format is that of the manifest's file, and CSV where it has none.
func (r *Recipe) Format() format.Format {
	if r.Manifest.File != nil {
		if f, err := format.Named(r.Manifest.File.Format); err == nil {
			return f
		}
	}
	return format.CSV
}

// likeness is what two files have in common.
type likeness int

const (
	otherRows likeness = iota
	// sameRows have other bytes, as another version of the writer writes them.
	sameRows
	sameBytes
)

// compare says how a file that was made again is like the one of a manifest. The bytes of
// one writer are compared as they are, even where the rows would be the same.
func (was FileEntry) compare(again FileEntry) likeness {
	switch {
	case was.Format == again.Format && was.Bytes == again.Bytes && was.Rows == again.Rows && was.SHA256 == again.SHA256:
		return sameBytes
	case was.Writer != again.Writer && was.Rows == again.Rows && was.ContentHash != "" && was.ContentHash == again.ContentHash:
		return sameRows
	default:
		return otherRows
	}
}

// unlike says in words what was expected and what was found.
func (was FileEntry) unlike(again FileEntry) string {
	if was.Writer != again.Writer {
		return fmt.Sprintf("expected %d rows of content hash %s, as %s wrote them, found %d of %s", was.Rows, was.ContentHash, was.Writer, again.Rows, again.ContentHash)
	}
	return fmt.Sprintf("expected %d bytes of SHA-256 %s, found %d of %s", was.Bytes, was.SHA256, again.Bytes, again.SHA256)
}

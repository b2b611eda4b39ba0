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
// where the manifest has the hash of one, and hashes the rows of every revision: a file that
// is the same may have been written from rows that nobody stamped.
func (t *Trainer) Verify(ctx context.Context, r *Recipe) (Verification, error) {
	v := Verification{Snapshots: len(pins(r.joins))}
	if err := t.verifyFile(ctx, r, &v); err != nil {
		return v, err
	}
	differences, err := t.differences(ctx, r)
	if err != nil {
		return v, err
	}
	switch otherFile := len(v.Differences) > 0; {
	case otherFile && len(differences) == 0:
		v.Reason, v.Differences = problem.TrainingSetChanged, append(v.Differences, "snapshots: "+r.writtenFromOthers())
	case otherFile:
		v.Reason = problem.TrainingSetChanged
	case len(differences) > 0:
		v.Reason, v.OtherBytes = reasonOf(differences), false
	}
	for _, d := range differences {
		v.Differences, v.ErasedRows = append(v.Differences, d.says), v.ErasedRows+d.erased
	}
	return v, nil
}

// verifyFile makes the file of a manifest again, and notes how it is another one.
func (t *Trainer) verifyFile(ctx context.Context, r *Recipe, v *Verification) error {
	if r.Manifest.File == nil {
		return nil
	}
	file, _, err := t.Export(ctx, r, r.Format(), io.Discard)
	switch {
	case problem.Is(err, problem.TrainingSetChanged), problem.Is(err, problem.RetainedNoLonger), problem.Is(err, problem.ErasedSince):
		return nil // which the revisions say
	case err != nil:
		return err
	}
	v.File = file
	switch r.Manifest.File.compare(file) {
	case sameRows:
		v.OtherBytes = true
	case otherRows:
		v.Differences = append(v.Differences, "file: "+r.Manifest.File.unlike(file))
	case sameBytes:
	}
	return nil
}

// differences are all that what a set is made of differs by from its manifest.
func (t *Trainer) differences(ctx context.Context, r *Recipe) (all []difference, err error) {
	err = t.of(r)(ctx, func(tx pgx.Tx) error {
		if all, err = r.tampered(ctx, tx); err != nil {
			return err
		}
		rows, err := r.tamperedRows(ctx, tx)
		if rows != nil {
			all = append(all, *rows)
		}
		return err
	})
	return all, err
}

// writtenFromOthers is said of a file that is another one, where every revision is as it was.
func (r *Recipe) writtenFromOthers() string {
	return fmt.Sprintf("each holds what the manifest has of it, so the file was written while one did not, as from a table that somebody had changed; "+
		"`sfctl training-set export %s` writes it from what was stamped", r.Manifest.ID)
}

// NotTheFile is the error of a file that was made again and is another one than a manifest's:
// it names the revisions that are not as they were. Errors: TRAINING_SET_CHANGED.
func (t *Trainer) NotTheFile(ctx context.Context, r *Recipe, file FileEntry) error {
	differences, err := t.differences(ctx, r)
	if err != nil {
		return err
	}
	p := problem.New(problem.TrainingSetChanged, "the training set cannot be made again: %s; what was written is not the file of the manifest", r.Manifest.File.unlike(file))
	if len(differences) == 0 {
		p.Message += ": of the snapshots " + r.writtenFromOthers()
	}
	for _, d := range differences {
		p.Message += "; " + d.says
		p = p.Violate(d.snapshot, "%s", d.says)
	}
	return p
}

// Rebuilt holds a file that was made again to that of the manifest: whether it is the same,
// or has the same rows in other bytes, by another version of the writer.
func (r *Recipe) Rebuilt(file FileEntry) (same, otherBytes bool) {
	if r.Manifest.File == nil {
		return true, false
	}
	like := r.Manifest.File.compare(file)
	return like != otherRows, like == sameRows
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

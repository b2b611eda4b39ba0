package trainingset

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/snapshot/internal/format"
)

// ETag names the bytes of a set in a format before they are made: the same manifest and
// writer give the same bytes.
func (r *Recipe) ETag(f format.Format) (string, error) {
	text, err := r.bare()
	if err != nil {
		return "", err
	}
	return Hash(text + "\n" + f.Writer()), nil
}

// bare is the text of the manifest as it is without a file.
func (r *Recipe) bare() (string, error) {
	m := *r.Manifest
	m.File = nil
	return m.Text()
}

// Export writes the rows of a set in a format, date by date in key order, in one
// transaction that sees one state, and returns the text of the manifest that belongs beside
// them. What is held in memory does not grow with the rows. Errors: TRAINING_SET_CHANGED,
// TRAINING_FORMAT_UNFIT, ENTITY_ROWS_INVALID.
func (t *Trainer) Export(ctx context.Context, r *Recipe, f format.Format, to io.Writer) (FileEntry, string, error) {
	out := &counted{to: to, sum: sha256.New()}
	entry := FileEntry{Format: f.Name(), Writer: f.Writer()}
	err := t.of(r)(ctx, func(tx pgx.Tx) (err error) {
		if err := locateAll(ctx, tx, r.Manifest.Dataset, r.joins); err != nil {
			return err
		}
		if err := r.locateRows(ctx, tx); err != nil {
			return err
		}
		entry.Rows, entry.ContentHash, err = r.write(ctx, tx, f, out)
		return err
	})
	if err != nil {
		return FileEntry{}, "", unfit(err, f)
	}
	if entry.Rows != r.Manifest.Rows {
		return FileEntry{}, "", problem.New(problem.TrainingSetChanged, "the training set cannot be made again: expected %d rows, found %d", r.Manifest.Rows, entry.Rows)
	}
	entry.Bytes, entry.SHA256 = out.bytes, hex.EncodeToString(out.sum.Sum(nil))
	text, err := r.beside(entry)
	return entry, text, err
}

// write writes the file in the state that a transaction sees.
func (r *Recipe) write(ctx context.Context, tx pgx.Tx, f format.Format, out io.Writer) (rows int64, contentHash string, err error) {
	columns := r.Set.columns()
	if f.Typed() {
		if columns, err = r.measured(ctx, tx); err != nil {
			return 0, "", err
		}
	}
	file, err := f.Begin(columns, out)
	if err != nil {
		return 0, "", err
	}
	for _, j := range r.joins {
		n, err := file.Append(ctx, tx.Conn().PgConn(), r.Set.rows(j, f, columns))
		rows += n
		if err != nil {
			return 0, "", fmt.Errorf("write the rows as of %s: %w", day(j.AsOf), err)
		}
	}
	contentHash, err = file.Close()
	return rows, contentHash, err
}

// unfit says which value a format has no type for.
func unfit(err error, f format.Format) error {
	var misfit *format.MisfitError
	if !errors.As(err, &misfit) {
		return err
	}
	return problem.Wrap(err, problem.TrainingFormatUnfit, "the rows cannot be written as %s: %s; csv holds it", f.Name(), misfit).
		Violate(misfit.Column, "%s", misfit)
}

// beside is the text of the manifest that lies beside a file.
func (r *Recipe) beside(file FileEntry) (string, error) {
	m := *r.Manifest
	m.File = &file
	return m.Text()
}

// counted hashes and counts what goes through it.
type counted struct {
	to    io.Writer
	sum   hash.Hash
	bytes int64
}

// Write passes the bytes on.
func (c *counted) Write(b []byte) (int, error) {
	n, err := c.to.Write(b)
	c.sum.Write(b[:n])
	c.bytes += int64(n)
	return n, err
}

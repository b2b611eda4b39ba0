package trainingset

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/problem"
)

// ETag names the bytes of a set in a format before they are made: the same manifest and
// writer give the same bytes.
func (r *Recipe) ETag() (string, error) {
	text, err := r.bare()
	if err != nil {
		return "", err
	}
	return Hash(text + "\n" + CSVWriter), nil
}

// bare is the text of the manifest as it is without a file.
func (r *Recipe) bare() (string, error) {
	m := *r.Manifest
	m.File = nil
	return m.Text()
}

// Export writes the rows of a set as CSV, date by date in key order, in one transaction
// that sees one state, and returns the text of the manifest that belongs beside them.
// Nothing is held in memory. Errors: TRAINING_SET_CHANGED.
func (t *Trainer) Export(ctx context.Context, r *Recipe, to io.Writer) (FileEntry, string, error) {
	out := &counted{to: to, sum: sha256.New()}
	err := t.reading(ctx, func(tx pgx.Tx) error {
		if err := locateAll(ctx, tx, r.Manifest.Dataset, r.joins); err != nil {
			return err
		}
		if _, err := io.WriteString(out, r.Set.csvHeader()); err != nil {
			return err
		}
		for _, j := range r.joins {
			tag, err := tx.Conn().PgConn().CopyTo(ctx, out, r.Set.copyCSV(j))
			if err != nil {
				return fmt.Errorf("write the rows as of %s: %w", day(j.AsOf), err)
			}
			out.rows += tag.RowsAffected()
		}
		return nil
	})
	if err != nil {
		return FileEntry{}, "", err
	}
	if out.rows != r.Manifest.Rows {
		return FileEntry{}, "", problem.New(problem.TrainingSetChanged, "the training set cannot be made again: expected %d rows, found %d", r.Manifest.Rows, out.rows)
	}
	file := FileEntry{Format: "csv", Writer: CSVWriter, Bytes: out.bytes, Rows: out.rows, SHA256: hex.EncodeToString(out.sum.Sum(nil))}
	text, err := r.beside(file)
	return file, text, err
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
	rows  int64
}

// Write passes the bytes on.
func (c *counted) Write(b []byte) (int, error) {
	n, err := c.to.Write(b)
	c.sum.Write(b[:n])
	c.bytes += int64(n)
	return n, err
}

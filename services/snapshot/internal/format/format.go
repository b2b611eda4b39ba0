// Package format writes the rows of a training set into a file: one file of this room for
// each format. Whatever the format, the values are the same; and the same rows give the
// same bytes for as long as the version of the writer, which every format names, stays.
//
// The typed formats, Parquet and Arrow, share how rows come out of the database: in
// PostgreSQL's binary form, batch by batch, so that memory does not grow with the rows.
package format

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// Format is a way to write rows.
type Format interface {
	// Name is what manifests call it, and the extension of its files.
	Name() string
	// Writer is the version of what writes it. Whoever changes a byte of what is written for
	// the same rows makes it another one.
	Writer() string
	// Value is an expression in the form in which the format takes a column's values: one in
	// which equal values are written alike.
	Value(expression string, of layout.Column) string
	// Typed says that the file has types of its own, so that a decimal needs to know its
	// precision and scale before the first row.
	Typed() bool
	// Begin starts a file of some columns. A numeric column of a typed format has the
	// precision and scale that its values need.
	Begin(columns []layout.Column, to io.Writer) (File, error)
}

// File takes rows.
type File interface {
	// Append writes the rows of a query, whose columns are those of the file in the form of
	// Value, and returns how many there were. Errors: those of the connection, and a
	// *MisfitError.
	Append(ctx context.Context, conn *pgconn.PgConn, query string) (int64, error)
	// Close writes what stands behind the last row, and returns the content hash of the
	// rows: the same for the same rows in every typed format, whatever wrote the file.
	// Empty of CSV, whose bytes are its content.
	Close() (contentHash string, err error)
}

// All are the formats, the one that is meant where none is said first.
func All() []Format { return []Format{CSV, Parquet, Arrow} }

// Named is the format of a name. Errors: it is none of them.
func Named(name string) (Format, error) {
	var names []string
	for _, f := range All() {
		if f.Name() == name {
			return f, nil
		}
		names = append(names, f.Name())
	}
	return nil, fmt.Errorf("expected one of %s, found %q", strings.Join(names, ", "), name)
}

// MisfitError says of a value that the file's type has no room for it.
type MisfitError struct {
	Column, Type, Why string
}

// Error says which column and why.
func (e *MisfitError) Error() string {
	return fmt.Sprintf("column %s: expected a value of %s, found %s", e.Column, e.Type, e.Why)
}

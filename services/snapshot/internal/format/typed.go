package format

import (
	"context"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// batchWriter is what a typed format adds: where batches of rows go.
type batchWriter interface {
	Write(batch arrow.RecordBatch) error
	Close() error
}

// bounds are how much one batch holds: rows, and bytes as they came from the server. A
// batch is what is in memory. The same rows are cut at the same places, since neither
// depends on when they came.
type bounds struct{ rows, bytes int }

// typedFile makes batches out of the rows of queries.
type typedFile struct {
	columns []layout.Column
	builder *array.RecordBuilder
	append  []appendValue
	to      batchWriter
	within  bounds
	hash    *contentHash
	// rows and bytes are in the batch so far.
	rows, bytes int
}

// typedValue casts a value to the type that its cell reads.
func typedValue(expression string, of layout.Column) string {
	if of.Type.Name == dataset.Numeric && of.Type.Precision == 0 {
		return "(" + expression + ")::numeric" // measured before the rows are read, and only then is it a decimal or text
	}
	return "(" + expression + ")::" + cellOf(of).cast
}

// schemaOf is the schema of some columns, each of which may be NULL.
func schemaOf(columns []layout.Column) *arrow.Schema {
	fields := make([]arrow.Field, len(columns))
	for i, c := range columns {
		fields[i] = arrow.Field{Name: c.Name, Type: cellOf(c).of, Nullable: true}
	}
	return arrow.NewSchema(fields, nil)
}

func newTyped(columns []layout.Column, schema *arrow.Schema, within bounds, from memory.Allocator, to batchWriter) *typedFile {
	f := &typedFile{columns: columns, builder: array.NewRecordBuilder(from, schema), to: to, within: within, hash: newContentHash(columns)}
	for i, c := range columns {
		f.append = append(f.append, cellOf(c).appender(f.builder.Field(i), c))
	}
	return f
}

// Append reads the rows in PostgreSQL's binary form.
func (f *typedFile) Append(ctx context.Context, conn *pgconn.PgConn, query string) (int64, error) {
	reader := conn.ExecParams(ctx, query, nil, nil, nil, []int16{1})
	var rows int64
	for reader.NextRow() {
		if err := f.row(reader.Values()); err != nil {
			_, _ = reader.Close() // the connection is not used again
			return rows, err
		}
		rows++
	}
	_, err := reader.Close()
	return rows, err
}

func (f *typedFile) row(values [][]byte) error {
	if len(values) != len(f.columns) {
		return fmt.Errorf("expected %d columns, found %d", len(f.columns), len(values))
	}
	for i, raw := range values {
		if raw == nil {
			f.builder.Field(i).AppendNull()
		} else if err := f.append[i](raw); err != nil {
			return fmt.Errorf("column %s: %w", f.columns[i].Name, err)
		}
		f.bytes += len(raw)
	}
	f.hash.row(values)
	if f.rows++; f.rows >= f.within.rows || f.bytes >= f.within.bytes {
		return f.flush()
	}
	return nil
}

// flush writes the batch.
func (f *typedFile) flush() error {
	batch := f.builder.NewRecordBatch()
	defer batch.Release()
	f.rows, f.bytes = 0, 0
	return f.to.Write(batch)
}

// Close writes the last batch and what stands behind it.
func (f *typedFile) Close() (string, error) {
	defer f.builder.Release()
	if f.rows > 0 {
		if err := f.flush(); err != nil {
			return "", err
		}
	}
	return f.hash.sum(), f.to.Close()
}

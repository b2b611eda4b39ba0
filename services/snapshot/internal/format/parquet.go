package format

import (
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// Parquet is Apache Parquet, with zstd.
var Parquet Format = parquetFormat{}

type parquetFormat struct{}

// rowGroup is what one row group holds, which is what is in memory at once. Larger groups
// compress a little better; smaller ones are read by more at a time.
var rowGroup = bounds{rows: 1 << 16, bytes: 8 << 20}

// Name is parquet.
func (parquetFormat) Name() string { return "parquet" }

// Writer names our own version alone: a test holds it to the versions of the libraries
// that it was written for.
func (parquetFormat) Writer() string { return "parquet/1" }

// Typed says that its columns have types.
func (parquetFormat) Typed() bool { return true }

// Value casts to the type that is read.
func (parquetFormat) Value(expression string, of layout.Column) string {
	return typedValue(expression, of)
}

// Begin writes the magic word; the schema stands at the end.
func (parquetFormat) Begin(columns []layout.Column, to io.Writer) (File, error) {
	schema, from := schemaOf(columns), &recycler{}
	// Without dictionaries: rows in key order compress better as they are, and building the
	// dictionaries took nearly half of the time.
	properties := parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Zstd), parquet.WithDictionaryDefault(false),
		parquet.WithCreatedBy("StreamFlow"), parquet.WithAllocator(from), parquet.WithMaxRowGroupLength(int64(rowGroup.rows)))
	writer, err := pqarrow.NewFileWriter(schema, to, properties, pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema(), pqarrow.WithAllocator(from)))
	if err != nil {
		return nil, fmt.Errorf("begin a Parquet file: %w", err)
	}
	return newTyped(columns, schema, rowGroup, from, writer), nil
}

// Package formattest reads files of training sets for tests: every format into the same
// texts, so that what two of them hold can be compared.
package formattest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"github.com/stretchr/testify/require"
)

// Null stands for NULL among texts.
const Null = "\x00"

// Table is a file that was read.
type Table struct {
	Columns []string
	// Types are Arrow's; empty of CSV.
	Types []string
	// Groups are the rows of each row group, or of each batch; empty of CSV.
	Groups []int64
	Rows   [][]string
}

// Read reads a file of a format.
func Read(t testing.TB, format, content string) Table {
	t.Helper()
	switch format {
	case "parquet":
		return parquetTable(t, content)
	case "arrow":
		return arrowTable(t, content)
	default:
		return csvTable(t, content)
	}
}

func parquetTable(t testing.TB, content string) Table {
	t.Helper()
	reader, err := file.NewParquetReader(strings.NewReader(content))
	require.NoError(t, err)
	pq, err := pqarrow.NewFileReader(reader, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	require.NoError(t, err)
	whole, err := pq.ReadTable(t.Context())
	require.NoError(t, err)
	defer whole.Release()
	table := of(whole.Schema())
	for i := range reader.NumRowGroups() {
		table.Groups = append(table.Groups, reader.MetaData().RowGroup(i).NumRows())
	}
	batches := array.NewTableReader(whole, 0)
	defer batches.Release()
	for batches.Next() {
		table.add(batches.RecordBatch())
	}
	require.NoError(t, batches.Err())
	return table
}

func arrowTable(t testing.TB, content string) Table {
	t.Helper()
	batches, err := ipc.NewReader(strings.NewReader(content))
	require.NoError(t, err)
	defer batches.Release()
	table := of(batches.Schema())
	for batches.Next() {
		table.Groups = append(table.Groups, batches.RecordBatch().NumRows())
		table.add(batches.RecordBatch())
	}
	require.NoError(t, batches.Err())
	return table
}

func of(schema *arrow.Schema) Table {
	var t Table
	for _, f := range schema.Fields() {
		t.Columns, t.Types = append(t.Columns, f.Name), append(t.Types, f.Type.String())
	}
	return t
}

func (t *Table) add(batch arrow.RecordBatch) {
	for i := range int(batch.NumRows()) {
		var row []string
		for _, c := range batch.Columns() {
			row = append(row, text(c, i))
		}
		t.Rows = append(t.Rows, row)
	}
}

// text is a value as CSV has it.
func text(c arrow.Array, i int) string {
	if c.IsNull(i) {
		return Null
	}
	switch c := c.(type) {
	case *array.Decimal128:
		written := c.Value(i).ToString(c.DataType().(*arrow.Decimal128Type).Scale)
		if strings.Contains(written, ".") {
			written = strings.TrimRight(strings.TrimRight(written, "0"), ".")
		}
		return written
	case *array.Timestamp:
		written := time.UnixMicro(int64(c.Value(i))).UTC().Format("2006-01-02 15:04:05.999999")
		if c.DataType().(*arrow.TimestampType).TimeZone != "" {
			written += "+00"
		}
		return written
	case *array.Float64:
		return strconv.FormatFloat(c.Value(i), 'g', -1, 64)
	case *array.Float32:
		return strconv.FormatFloat(float64(c.Value(i)), 'g', -1, 32)
	default:
		return c.ValueStr(i)
	}
}

// csvTable reads what COPY writes: unlike encoding/csv, it tells NULL from an empty text.
func csvTable(t testing.TB, content string) Table {
	t.Helper()
	var records [][]string
	reader := bytes.NewBufferString(content)
	for {
		record, err := csvRecord(reader)
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		records = append(records, record)
	}
	return Table{Columns: records[0], Rows: records[1:]}
}

func csvRecord(from *bytes.Buffer) ([]string, error) {
	var record []string
	field, quoted, inside := "", false, false
	for {
		r, _, err := from.ReadRune()
		switch {
		case errors.Is(err, io.EOF) && (inside || len(record) > 0 || field != "" || quoted):
			return nil, fmt.Errorf("a record without an end: %q", field)
		case err != nil:
			return nil, err
		case inside && r == '"' && from.Len() > 0 && from.Bytes()[0] == '"':
			_, _, _ = from.ReadRune()
			field += `"`
		case r == '"':
			inside, quoted = !inside, true
		case !inside && (r == ',' || r == '\n'):
			if field == "" && !quoted {
				field = Null
			}
			record = append(record, field)
			if r == '\n' {
				return record, nil
			}
			field, quoted = "", false
		default:
			field += string(r)
		}
	}
}

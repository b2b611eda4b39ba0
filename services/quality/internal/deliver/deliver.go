// Package deliver plays ingest in the tests of the quality service: it stages rows
// as candidates, the way in which ingest leaves them.
package deliver

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// Null is a cell without a value.
const Null = "\x00null"

// Table declares a table by its columns, "name type" each; the first is the key.
func Table(name string, columns ...string) *datasetv1.Table {
	t := &datasetv1.Table{Name: name}
	for _, c := range columns {
		column, kind, _ := strings.Cut(c, " ")
		t.Columns = append(t.Columns, &datasetv1.Column{Name: column, Type: kind})
	}
	t.Key = []string{t.Columns[0].Name}
	return t
}

// Expect adds an expectation to a table, and returns the table.
func Expect(tb testing.TB, table *datasetv1.Table, kind string, kwargs map[string]any) *datasetv1.Table {
	tb.Helper()
	table.Expectations = append(table.Expectations, Expectation(tb, kind, kwargs))
	return table
}

// Expectation makes one.
func Expectation(tb testing.TB, kind string, kwargs map[string]any) *datasetv1.Expectation {
	tb.Helper()
	args, err := structpb.NewStruct(kwargs)
	require.NoError(tb, err)
	return &datasetv1.Expectation{Type: kind, Kwargs: args}
}

// Stage makes the candidate of a table out of rows of text, Null where there is no
// value. The first row stands on line 2, behind the header.
func Stage(tb testing.TB, db *pgtest.Database, table *datasetv1.Table, rows ...[]string) *stepv1.DeliveredTable {
	tb.Helper()
	rel := Create(tb, db, table)
	insert := insertSQL(tb, rel, table)
	batch := &pgx.Batch{}
	for i, row := range rows {
		require.Len(tb, row, len(table.GetColumns()))
		args := []any{i + 2}
		for _, cell := range row {
			if cell == Null {
				args = append(args, nil)
				continue
			}
			args = append(args, cell)
		}
		batch.Queue(insert, args...)
	}
	require.NoError(tb, db.Owner.SendBatch(context.Background(), batch).Close())
	return Delivered(table, rel, int64(len(rows)))
}

// Create makes an empty candidate, granted to the quality service.
func Create(tb testing.TB, db *pgtest.Database, table *datasetv1.Table) relation.Relation {
	tb.Helper()
	rel := relation.Relation{Schema: "sf_staging", Name: "bat_test_f1_" + table.GetName()}
	columns := make([]string, 0, len(table.GetColumns()))
	for _, c := range table.GetColumns() {
		columns = append(columns, relation.Quote(c.GetName())+" "+sqlType(tb, c))
	}
	db.Exec(tb, fmt.Sprintf("create unlogged table %s (%s, sf_file smallint not null, sf_line bigint not null)",
		rel.SQL(), strings.Join(columns, ", ")))
	db.Exec(tb, "grant select on "+rel.SQL()+" to sf_quality, sf_snapshot")
	return rel
}

// Delivered says that a table's file came, with the declared header and a candidate.
func Delivered(table *datasetv1.Table, rel relation.Relation, rows int64) *stepv1.DeliveredTable {
	d := &stepv1.DeliveredTable{Table: table.GetName(), HasHeader: true}
	for _, c := range table.GetColumns() {
		d.Header = append(d.Header, c.GetName())
	}
	d.Candidate = &stepv1.Candidate{
		Table: table.GetName(), Relation: rel.Proto(), Rows: rows, Files: []string{dataset.File(table)},
	}
	return d
}

func insertSQL(tb testing.TB, rel relation.Relation, table *datasetv1.Table) string {
	tb.Helper()
	cells := make([]string, 0, len(table.GetColumns()))
	for i, c := range table.GetColumns() {
		cells = append(cells, fmt.Sprintf("$%d::text::%s", i+2, sqlType(tb, c)))
	}
	return fmt.Sprintf("insert into %s values (%s, 0, $1)", rel.SQL(), strings.Join(cells, ", "))
}

func sqlType(tb testing.TB, c *datasetv1.Column) string {
	tb.Helper()
	kind, err := dataset.ParseType(c.GetType())
	require.NoError(tb, err)
	return kind.SQL()
}

package ingest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/pgtest"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// widest are values of each type that take the most room there is within a row.
var widest = map[string]string{
	"boolean": "true", "smallint": "1", "integer": "1", "bigint": "1", "real": "1", "double precision": "1", "date": "'2024-01-31'",
	"timestamp": "'2024-01-31'", "timestamptz": "'2024-01-31Z'", "uuid": "'3f2b8c1e-0d4a-4e6f-9b7a-5c8d2e1f0a93'",
	"text": "repeat('x', 23)", "varchar(3)": "'😀😀😀'", "numeric(6,2)": "9999.99",
}

// What lint warns of does not fit, and what it lets pass does: the columns that
// PostgreSQL takes just about, and one more.
func TestTheWidestRow(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	for _, types := range [][]string{
		{"double precision"}, {"boolean", "bigint"}, {"integer", "timestamptz"}, {"smallint", "integer", "uuid"}, {"text"},
		{"varchar(3)", "date"}, {"numeric(6,2)", "real", "boolean", "uuid"},
	} {
		fits := 0
		for n := 100; n < 1500; n++ {
			if warns(types, n) {
				break
			}
			fits = n
		}
		if fits == 1499 {
			fits-- // as many columns as a table may have
		}
		require.NoError(t, insertWidest(t, db, types, fits), types)
		if warns(types, fits+1) {
			require.Error(t, insertWidest(t, db, types, fits+1), types)
		}
	}
}

func columnsOf(types []string, n int) []*datasetv1.Column {
	columns := make([]*datasetv1.Column, n)
	for i := range columns {
		columns[i] = &datasetv1.Column{Name: fmt.Sprint("c", i), Type: types[i%len(types)]}
	}
	return columns
}

func warns(types []string, n int) bool {
	return len(dataset.Warnings(&datasetv1.Dataset{Tables: []*datasetv1.Table{{Name: "wide", Columns: columnsOf(types, n)}}})) > 0
}

func insertWidest(t *testing.T, db *pgtest.Database, types []string, n int) error {
	t.Helper()
	var declared, values []string
	for _, c := range columnsOf(types, n) {
		typ, err := dataset.ParseType(c.GetType())
		require.NoError(t, err)
		declared = append(declared, c.GetName()+" "+typ.SQL())
		values = append(values, widest[c.GetType()])
	}
	db.Exec(t, "drop table if exists wide; create table wide ("+strings.Join(declared, ", ")+", sf_file smallint, sf_line bigint)")
	_, err := db.Owner.Exec(t.Context(), "insert into wide values ("+strings.Join(values, ", ")+", 1, 1)")
	return err
}

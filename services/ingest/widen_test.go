package ingest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/pgtest"
)

// Of every two types of a list, one widens to the other without rewriting where
// PostgreSQL keeps the table's file as it is, and the value too.
func TestWideningRewritesNothing(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	types := []string{
		"varchar(3)", "varchar(8)", "char(3)", "char(8)", "text", "smallint", "integer", "bigint",
		"numeric(6,2)", "numeric(9,2)", "numeric(9,3)", "numeric", "real", "double precision", "date", "timestamp", "jsonb",
	}
	widened := 0
	for _, from := range types {
		for _, to := range types {
			one, err := dataset.ParseType(from)
			require.NoError(t, err)
			other, err := dataset.ParseType(to)
			require.NoError(t, err)
			if !one.WidensTo(other) {
				continue
			}
			widened++
			db.Exec(t, "drop table if exists w; create table w (v "+one.SQL()+" primary key); insert into w values ('1.5')")
			before := db.Rows(t, "select pg_relation_filenode('w')::text || ' ' || pg_relation_filenode('w_pkey') || ' ' || v::text from w")
			db.Exec(t, "alter table w alter v type "+other.SQL())
			require.Equal(t, before, db.Rows(t, "select pg_relation_filenode('w')::text || ' ' || pg_relation_filenode('w_pkey') || ' ' || v::text from w"), "%s to %s", from, to)
		}
	}
	require.Equal(t, 7, widened, "three of varchar, four of numeric")
}

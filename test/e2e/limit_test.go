package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/test/extract"
)

// Every service does with one connection what it does with sixteen, only slower; a
// run waits for nothing that it holds itself.
func TestTwoMonthsOverOneConnectionEach(t *testing.T) {
	t.Parallel()
	s := startOn(t, newDatabase(t), "pool_max_conns=1")
	january, february := extract.Months(t)

	s.succeed(t, extract.January, january)
	s.succeed(t, extract.February, february)
	require.True(t, s.succeed(t, extract.January, january).GetUnchanged())

	for _, table := range snapshotTables {
		require.Equal(t, []string{extract.January + "|7043", extract.February + "|7043"},
			s.rows(t, "select as_of, count(*) from public."+table+" group by 1 order by 1"), table)
	}
	for _, role := range []string{"sf_ingest", "sf_quality", "sf_snapshot"} {
		require.LessOrEqual(t, len(s.rows(t, "select from pg_stat_activity where usename = $1 and datname = current_database()", role)), 1, role)
	}
}

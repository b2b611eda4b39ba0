package faults

import (
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/builtin"
)

// state is what readers see, and what is left lying about: live tables, snapshots,
// the catalog, partitions, staging.
func (s *suite) state(t *testing.T) []string {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), s.url)
	require.NoError(t, err)
	defer pool.Close()
	var out []string
	d := builtin.Streamflow()
	for _, table := range d.GetTables() {
		out = append(out, digest(t, pool, table.GetName()))
	}
	for _, snap := range d.GetSnapshots() {
		out = append(out, digest(t, pool, snap.GetName()))
	}
	rows, err := pool.Query(t.Context(), `
		select concat_ws(' ', 'catalog', snapshot, as_of, revision, rows, content_hash) from sf_snapshot.catalog
		union all select concat_ws(' ', 'prepared', snapshot, as_of) from sf_snapshot.prepared
		union all select concat_ws(' ', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
			where n.nspname in ('sf_history', 'sf_staging') and c.relkind = 'r'
		union all select concat_ws(' ', 'watermark', as_of) from sf_ingest.watermark
		order by 1`)
	require.NoError(t, err)
	more, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return append(out, more...)
}

func digest(t *testing.T, pool *pgxpool.Pool, table string) string {
	t.Helper()
	var text string
	err := pool.QueryRow(t.Context(), fmt.Sprintf(
		"select count(*) || ' rows ' || coalesce(md5(string_agg(r::text, chr(10) order by r::text collate \"C\")), '') from public.%s r", table)).Scan(&text)
	if err != nil {
		text = "not there"
	}
	return table + " " + text
}

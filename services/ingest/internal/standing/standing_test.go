package standing_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
	"github.com/streamflow/streamflow/services/ingest/internal/standing"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

const january, february, march = "2024-01-31", "2024-02-29", "2024-03-31"

var (
	users  = relation.Relation{Schema: "public", Name: "users"}
	orders = relation.Relation{Schema: "public", Name: "orders"}
	shop   = &declared.Dataset{Name: "shop", Tables: []*declared.Table{{Name: "users", Live: users}, {Name: "orders", Live: orders}}}
)

// left is a database in which February was published last, and left so many rows.
func left(t *testing.T) (*pgtest.Database, *postgres.Pool) {
	t.Helper()
	db := pgtest.New(t)
	db.Exec(t, `create table users (id int); insert into users values (1), (2), (3); create table orders (id int);
		grant select on users, orders to sf_ingest;
		insert into sf_ingest.batch (id, dataset, dataset_version, as_of, run, source, state, requested_by) values ('bat_1', 'shop', 'v1', '2024-02-29', 'run_1', '/d', 'PUBLISHED', 'eve')`)
	pool := db.Pool(t, "sf_ingest")
	require.NoError(t, store.MoveWatermark(t.Context(), pool, "shop", february, "bat_1"))
	require.NoError(t, standing.Leave(t.Context(), pool, shop, "bat_1", map[relation.Relation]int64{users: 3, orders: 0}))
	return db, pool
}

// Live is looked at, and not believed: its rows are counted, and none was written since.
func TestLiveIsLookedAt(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		sql  []string
		asOf string
		want bool
	}{
		"as it was left":               {nil, february, true},
		"a later as_of":                {nil, march, true},
		"truncated":                    {[]string{"truncate users"}, february, false},
		"truncated, and earlier":       {[]string{"truncate users"}, january, true}, // history is none of live's
		"dropped":                      {[]string{"drop table orders"}, february, false},
		"dropped and made again":       {[]string{"drop table orders", "create table orders (id int)", "grant select on orders to sf_ingest"}, february, true},
		"rewritten":                    {[]string{"vacuum full users"}, february, true},
		"many rows more":               {[]string{"insert into orders select generate_series(1, 5000)"}, february, false},
		"many rows more and fewer":     {[]string{"insert into orders select generate_series(1, 5000)", "delete from orders"}, february, true},
		"a row less, rewritten":        {[]string{"delete from users where id = 1", "vacuum full users"}, february, false},
		"a row changed, by hand":       {[]string{"update users set id = 9 where id = 1"}, february, false},
		"a row less, not vacuumed":     {[]string{"delete from users where id = 1"}, february, false},
		"other rows in their place":    {[]string{"truncate users", "insert into users values (7), (8), (9)"}, february, false},
		"vacuumed and frozen":          {[]string{"vacuum freeze users"}, february, true},
		"recorded by an older version": {[]string{"update sf_ingest.live set footprint = split_part(footprint, '@', 1)", "update users set id = 9 where id = 1"}, february, true},
		"renamed away":                 {[]string{"alter table users rename to users_before"}, february, false},
		"a view in its place":          {[]string{"alter table users rename to t", "create view users as select 1 as id"}, february, false},
		"never recorded":               {[]string{"delete from sf_ingest.live where table_name = 'users'"}, february, false},
		"recorded without a footprint": {[]string{"update sf_ingest.live set footprint = ''"}, february, true},
		"of another dataset":           {[]string{"update sf_ingest.live set dataset = 'other'"}, february, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, pool := left(t)
			for _, sql := range tc.sql {
				db.Exec(t, sql)
			}

			got, err := standing.Live(t.Context(), pool, shop, tc.asOf, standing.Closely)

			require.NoError(t, err)
			require.Equal(t, tc.want, got)
		})
	}
}

// Before anything was published nothing stands.
func TestNothingStandsBeforeTheFirstPublish(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	db.Exec(t, "create table users (id int); create table orders (id int); grant select on users, orders to sf_ingest")

	got, err := standing.Live(t.Context(), db.Pool(t, "sf_ingest"), shop, january, standing.Closely)

	require.NoError(t, err)
	require.False(t, got)
}

// What the service may not count is an error, and no answer.
func TestRowsThatMayNotBeCounted(t *testing.T) {
	t.Parallel()
	for _, sql := range []string{"revoke select on users from sf_ingest", "alter table users enable row level security"} {
		db, pool := left(t)
		db.Exec(t, "vacuum full users")
		db.Exec(t, sql)

		_, err := standing.Live(t.Context(), pool, shop, february, standing.AtAGlance)

		require.Equal(t, "42501", postgres.Code(err), sql)
	}
}

// At a glance, what was counted once is not counted again: the footprint that was found is
// recorded, with the rows that the table was left with, and what is written since is seen.
func TestWhatIsLeftAsItWasFound(t *testing.T) {
	t.Parallel()
	db, pool := left(t)
	db.Exec(t, "vacuum full users")
	before := db.Rows(t, "select footprint from sf_ingest.live where table_name = 'users'")

	require.NoError(t, standing.LeaveAsFound(t.Context(), pool, shop, "bat_1"))

	require.NotEqual(t, before, db.Rows(t, "select footprint from sf_ingest.live where table_name = 'users'"))
	require.Equal(t, []string{"orders|0", "users|3"}, db.Rows(t, "select table_name, rows from sf_ingest.live order by 1"))
	db.Exec(t, "update users set id = id")
	closely, err := standing.Live(t.Context(), pool, shop, february, standing.Closely)
	require.NoError(t, err)
	require.False(t, closely)
	db.Exec(t, "revoke select on users from sf_ingest") // it need not be read any more
	got, err := standing.Live(t.Context(), pool, shop, february, standing.AtAGlance)
	require.NoError(t, err)
	require.True(t, got)
}

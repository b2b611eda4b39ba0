package footprint_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/footprint"
	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/relation"
)

func public(name string) relation.Relation { return relation.Relation{Schema: "public", Name: name} }

func of(t *testing.T, db *pgtest.Database, names ...string) []string {
	t.Helper()
	var tables []relation.Relation
	for _, n := range names {
		tables = append(tables, public(n))
	}
	found, err := footprint.Of(t.Context(), db.Owner, tables...)
	require.NoError(t, err)
	require.Len(t, found, len(names))
	return found
}

func TestWhatChangesAFootprint(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		sql     string
		changes bool
	}{
		"nothing":                 {"select 1", false},
		"reading":                 {`select count(*) from "odd ""name"""`, false},
		"a vacuum":                {`vacuum analyze "odd ""name"""`, false},
		"an index":                {`create index on "odd ""name""" (id)`, false},
		"a view":                  {`create view v as select * from "odd ""name"""`, false},
		"a column":                {`alter table "odd ""name""" add column note text`, false},
		"a truncate":              {`truncate "odd ""name"""`, true},
		"a drop":                  {`drop table "odd ""name"""`, true},
		"a table made anew":       {`create table t as table "odd ""name"""; drop table "odd ""name"""; alter table t rename to "odd ""name"""`, true},
		"a rewrite":               {`vacuum full "odd ""name"""`, true},
		"many rows more":          {`insert into "odd ""name""" select i from generate_series(1, 10000) i`, true},
		"all rows gone, vacuumed": {`delete from "odd ""name"""`, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.New(t)
			db.Exec(t, `create table "odd ""name""" as select i as id from generate_series(1, 1000) i`)
			// PostgreSQL 16 and newer make a table longer in advance; a vacuum cuts that off.
			db.Exec(t, `vacuum "odd ""name"""`)
			before := of(t, db, `odd "name"`)
			require.Regexp(t, `^\d+:\d+:40960$`, before[0])

			db.Exec(t, tc.sql)
			if name == "all rows gone, vacuumed" {
				db.Exec(t, `vacuum "odd ""name"""`)
			}

			require.Equal(t, tc.changes, before[0] != of(t, db, `odd "name"`)[0])
		})
	}
}

func TestFootprintsOfSeveralTables(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	db.Exec(t, `create table a (id int); create view v as select 1 as id;
		create table p (id int) partition by list (id); create table p1 partition of p for values in (1); create table p2 partition of p for values in (2)`)

	found := of(t, db, "p", "nowhere", "a", "v")

	require.Regexp(t, `^\d+::0,\d+:\d+:0,\d+:\d+:0$`, found[0], "of all its parts")
	require.Empty(t, found[1])
	require.Regexp(t, `^\d+:\d+:0$`, found[2])
	require.Empty(t, found[3], "a view is no table")
	db.Exec(t, "alter table p detach partition p2")
	require.NotEqual(t, found[0], of(t, db, "p")[0])
	require.Empty(t, of(t, db), "of none")
}

// What a transaction records of its own writes is what others find once it committed.
func TestAFootprintWithinItsTransaction(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	var within []string
	err := pgx.BeginFunc(context.Background(), db.Owner, func(tx pgx.Tx) (err error) {
		if _, err := tx.Exec(t.Context(), "create table a as select i from generate_series(1, 5000) i"); err != nil {
			return err
		}
		within, err = footprint.Of(t.Context(), tx, public("a"))
		return err
	})
	require.NoError(t, err)

	require.Equal(t, within, of(t, db, "a"))
	n, err := footprint.Count(t.Context(), db.Owner, public("a"))
	require.NoError(t, err)
	require.EqualValues(t, 5000, n)
	_, err = footprint.Count(t.Context(), db.Owner, public("nowhere"))
	require.ErrorContains(t, err, "count public.nowhere")
}

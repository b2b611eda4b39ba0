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
	_, _, err = footprint.Count(t.Context(), db.Owner, public("nowhere"), "")
	require.ErrorContains(t, err, "count public.nowhere")
}

// What a scan sees that the disk does not show: that rows went, and that any was written since
// the footprint was recorded, by whomever.
func TestWhatWasWrittenSince(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		sql     string
		rows    int64
		written bool
	}{
		"nothing":                {"select 1", 1001, false},
		"others work":            {"create table other as select 1; insert into other values (2)", 1001, false},
		"a row goes":             {"delete from a where i = 7", 1000, false},
		"a row is edited":        {"update a set i = i where i = 7", 1001, true},
		"one goes, one comes":    {"delete from a where i = 7; insert into a values (7)", 1001, true},
		"a row is locked":        {"do $$ begin perform from a where i = 7 for update; end $$", 1001, false},
		"all are frozen":         {"vacuum freeze a", 1001, false},
		"made anew, by a vacuum": {"vacuum full a", 1001, false},
		"all go":                 {"truncate a", 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.New(t)
			var left []string
			err := pgx.BeginFunc(context.Background(), db.Owner, func(tx pgx.Tx) (err error) {
				if _, err := tx.Exec(t.Context(), "create table a as select i from generate_series(1, 1001) i"); err != nil {
					return err
				}
				left, err = footprint.Left(t.Context(), tx, public("a"), public("nowhere"))
				return err
			})
			require.NoError(t, err)
			require.Regexp(t, `^\d+:\d+:\d+@\d+$`, left[0])
			require.Empty(t, left[1])
			db.Exec(t, tc.sql)

			rows, written, err := footprint.Count(t.Context(), db.Owner, public("a"), left[0])
			require.NoError(t, err)
			_, unknown, err := footprint.Count(t.Context(), db.Owner, public("a"), of(t, db, "a")[0])
			require.NoError(t, err)

			require.Equal(t, tc.rows, rows)
			require.Equal(t, tc.written, written)
			require.False(t, unknown, "recorded without a transaction")
		})
	}
}

// What a sub-transaction wrote is taken for written since, until it is left once more.
func TestWhatASubTransactionWrote(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	leave := func(sql string) (written bool) {
		var left []string
		err := pgx.BeginFunc(context.Background(), db.Owner, func(tx pgx.Tx) (err error) {
			if _, err := tx.Exec(t.Context(), sql); err != nil {
				return err
			}
			left, err = footprint.Left(t.Context(), tx, public("a"))
			return err
		})
		require.NoError(t, err)
		_, written, err = footprint.Count(t.Context(), db.Owner, public("a"), left[0])
		require.NoError(t, err)
		return written
	}

	require.True(t, leave("create table a (i int); insert into a values (1); savepoint s; insert into a values (2)"))
	require.False(t, leave("select 1"))
}

func TestAFootprintThatMoved(t *testing.T) {
	t.Parallel()
	require.True(t, footprint.Same("1:2:3@9", "1:2:3"))
	require.True(t, footprint.Same("1:2:3", "1:2:3"), "as older versions recorded it")
	require.False(t, footprint.Same("1:2:3@9", "1:2:4"))
	require.Equal(t, "1:2:4@9", footprint.Moved("1:2:3@9", "1:2:4"))
	require.Equal(t, "1:2:4", footprint.Moved("1:2:3", "1:2:4"))
	require.Empty(t, footprint.Moved("1:2:3@9", ""))
}

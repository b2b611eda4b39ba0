package postgres_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
)

var users = relation.Relation{Schema: "public", Name: "users"}

// TestWhatHangsOnAColumnGoesAndComesBack lets each kind of dependent stand in the way of
// another type, and changes the type by the SQL that is advised.
func TestWhatHangsOnAColumnGoesAndComesBack(t *testing.T) {
	t.Parallel()
	const change = "alter table public.users alter column age type bigint"
	for name, c := range map[string]struct {
		make, what string
	}{
		"a view":              {"create view public.active as select id, age from public.users", "view public.active"},
		"a materialized view": {"create materialized view public.ages as select age from public.users", "materialized view public.ages"},
		"an odd name":         {`create view public."My ""view""" as select age from public.users`, `view public."My ""view"""`},
		"a rule":              {"create table public.log (age integer); create rule r as on update to public.users where new.age > 9 do also insert into public.log values (new.age)", "rule r on public.users"},
		"a trigger of it": {`create function public.f() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as 'begin return new; end';
			create trigger aged before update of age on public.users for each row execute function public.f()`, "trigger aged"},
		"a trigger when": {`create function public.f() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as 'begin return new; end';
			create trigger aged before update on public.users for each row when (old.age <> new.age) execute function public.f()`, "trigger aged"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.New(t)
			db.Exec(t, "create table public.users (id text primary key, age integer, other integer)")
			db.Exec(t, "insert into public.users values ('a', 7, 1)")
			db.Exec(t, c.make)
			_, err := db.Owner.Exec(t.Context(), change)
			require.Error(t, err, "it is in the way")

			found, err := postgres.Dependents(t.Context(), db.Pool(t, "sf_ingest"), users, "age")
			require.NoError(t, err)
			names, sql := postgres.Around(found, change)

			require.Equal(t, c.what, names)
			db.Exec(t, sql)
			again, err := postgres.Dependents(t.Context(), db.Pool(t, "sf_ingest"), users, "age")
			require.NoError(t, err)
			require.Equal(t, names, whatHangs(again), "it is there as before")
			none, err := postgres.Dependents(t.Context(), db.Pool(t, "sf_ingest"), users, "other")
			require.NoError(t, err)
			require.Empty(t, none, "nothing hangs on another column")
		})
	}
}

func whatHangs(all []postgres.Dependent) string {
	names, _ := postgres.Around(all, "")
	return names
}

func TestSeveralDependentsComeBackInTheOtherOrder(t *testing.T) {
	t.Parallel()
	names, sql := postgres.Around([]postgres.Dependent{
		{What: "view a", Drop: "drop view a", Create: "create view a as x"},
		{What: "view b", Drop: "drop view b", Create: "create view b as y"},
		{What: "policy p on users"},
	}, "alter table t")

	require.Equal(t, "view a, view b, policy p on users", names)
	require.Equal(t, "drop view a; drop view b; alter table t; create view b as y; create view a as x", sql)
	names, sql = postgres.Around(nil, "alter table t")
	require.Empty(t, names)
	require.Equal(t, "alter table t", sql)
}

func TestIndexesWithExpressionsHangOnTheirColumns(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	db.Exec(t, "create table public.users (id text primary key, age integer)")
	db.Exec(t, "create index plain on public.users (age)")
	db.Exec(t, "create index partial on public.users (id) where age > 3")
	db.Exec(t, "create index made on public.users ((age + 1))")
	db.Exec(t, "create table public.doubled (id text, age integer, twice integer generated always as (age * 2) stored)")

	found, err := postgres.Dependents(t.Context(), db.Pool(t, "sf_ingest"), users, "age")
	require.NoError(t, err)
	generated, err := postgres.Dependents(t.Context(), db.Pool(t, "sf_ingest"), relation.Relation{Schema: "public", Name: "doubled"}, "age")
	require.NoError(t, err)

	require.Equal(t, "index public.made, index public.partial", whatHangs(found), "PostgreSQL rebuilds a plain one by itself")
	require.Equal(t, "default value for column twice of table public.doubled", whatHangs(generated))
	require.Empty(t, generated[0].Drop, "only its owner can say")
}

func TestNothingHangsOnWhatIsNotThere(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)

	found, err := postgres.Dependents(t.Context(), db.Pool(t, "sf_ingest"), relation.Relation{Schema: "public", Name: "gone"}, "age")

	require.NoError(t, err)
	require.Empty(t, found)
}

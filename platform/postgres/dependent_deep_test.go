package postgres_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
)

// TestWhatHangsOnDependentsGoesFirst changes the type of a column under views that hang on
// views, by the SQL that is advised, and finds all of them as they were.
func TestWhatHangsOnDependentsGoesFirst(t *testing.T) {
	t.Parallel()
	const change = "alter table public.users alter column age type bigint"
	for name, c := range map[string]struct{ make, what string }{
		"a view over a view": {`create view public.z as select id, age from public.users; create view public.a as select id from public.z`,
			"view public.a, view public.z"},
		"three deep, and made in another order": {`create view public.low as select age from public.users;
			create view public.top as select 1 as age; create view public.mid as select age from public.low;
			create or replace view public.top as select age from public.mid`,
			"view public.top, view public.mid, view public.low"},
		"by two ways": {`create view public.b as select age from public.users; create view public.a as select age from public.b;
			create view public.c as select a.age, b.age as other, u.age as own from public.a, public.b, public.users u`,
			"view public.c, view public.a, view public.b"},
		"a materialized view over a view, and a view over it": {`create view public.b as select age, id from public.users;
			create materialized view public.a with (fillfactor = 70) as select age, id from public.b; create unique index on public.a (id);
			create view public.c as select count(*) as n from public.a`,
			"view public.c, materialized view public.a, view public.b"},
		"a materialized view that was never filled": {`create materialized view public.a as select age from public.users with no data`,
			"materialized view public.a"},
		"no column of the view is read": {`create view public.a as select age from public.users; create view public.b as select count(*) as n from public.a`,
			"view public.b, view public.a"},
		"a function that reads the view": {`create view public.a as select age from public.users;
			create function public.oldest() returns integer language sql stable begin atomic select max(age) from public.a; end;
			comment on function public.oldest() is 'of all'; revoke all on function public.oldest() from public; grant execute on function public.oldest() to sf_snapshot;
			create view public.c as select public.oldest() as n`,
			"view public.c, function public.oldest(), view public.a"},
		"a function of its rows": {`create view public.a as select age from public.users;
			create function public.f() returns setof public.a language plpgsql as $$
			begin
			    -- with a comment; and an end of a line
			    return query select * from public.a;
			end $$`,
			"function public.f(), view public.a"},
		"what stands on it": {`create view public.a with (security_barrier, check_option = local) as select id, age from public.users where age > 1;
			create role reader; create role "Odd ""one"; alter view public.a owner to reader; alter view public.a alter column age set default 7;
			grant select on public.a to "Odd ""one" with grant option; grant update (age) on public.a to public;
			comment on view public.a is 'it''s "a"; and
			  two lines'; comment on column public.a.age is 'in years';
			create rule r as on delete to public.a do instead update public.users set age = 0 where id = old.id;
			create function public.f() returns trigger language plpgsql as 'begin return new; end';
			create trigger t instead of insert on public.a for each row execute function public.f()`,
			"view public.a"},
		"a rule of another table that reads the view": {`create table public.log (age integer); create view public.a as select age from public.users;
			create rule r as on delete to public.log do also insert into public.log select age from public.a`,
			"rule r on public.log, view public.a"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.New(t)
			db.Exec(t, "create table public.users (id text primary key, age integer); insert into public.users values ('a', 7)")
			db.Exec(t, c.make)
			_, err := db.Owner.Exec(t.Context(), change)
			require.Error(t, err, "it is in the way")
			before := described(t, db)

			found, err := postgres.Dependents(t.Context(), db.Pool(t, "sf_ingest"), users, "age")
			require.NoError(t, err)
			names, sql := postgres.Around(found, change)

			require.Equal(t, c.what, names)
			db.Exec(t, sql)
			require.Equal(t, before, described(t, db), sql)
			require.Equal(t, []string{"bigint"}, db.Rows(t, "select format_type(atttypid, atttypmod) from pg_attribute where attrelid = 'public.users'::regclass and attname = 'age'"))
			again, err := postgres.Dependents(t.Context(), db.Pool(t, "sf_ingest"), users, "age")
			require.NoError(t, err)
			require.Equal(t, names, whatHangs(again))
		})
	}
}

// described is all that stands on the views and functions of a schema, without types of columns.
func described(t *testing.T, db *pgtest.Database) []string {
	t.Helper()
	return db.Rows(t, `
		select concat_ws(' ', c.relname, c.relkind, c.relowner::regrole, c.relispopulated, c.reloptions, c.relacl, obj_description(c.oid), pg_get_viewdef(c.oid)) from pg_class c
		 where relnamespace = 'public'::regnamespace and relkind in ('v', 'm')
		union all
		select concat_ws(' ', c.relname, a.attname, a.attacl, col_description(c.oid, a.attnum), pg_get_expr(d.adbin, d.adrelid)) from pg_class c
		  join pg_attribute a on a.attrelid = c.oid left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
		 where relnamespace = 'public'::regnamespace and relkind in ('v', 'm')
		union all
		select pg_get_indexdef(indexrelid) from pg_index join pg_class c on c.oid = indrelid where relnamespace = 'public'::regnamespace
		union all
		select pg_get_triggerdef(t.oid) from pg_trigger t join pg_class c on c.oid = tgrelid where relnamespace = 'public'::regnamespace
		union all
		select pg_get_ruledef(r.oid) from pg_rewrite r join pg_class c on c.oid = ev_class where relnamespace = 'public'::regnamespace
		union all
		select concat_ws(' ', p.oid::regprocedure, proowner::regrole, proacl, obj_description(p.oid), pg_get_functiondef(p.oid)) from pg_proc p where pronamespace = 'public'::regnamespace
		order by 1`)
}

// What hangs on a view as a whole is found without a column, and neither the view itself
// nor what stands on it is among that.
func TestWhatHangsOnAViewAsAWhole(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	db.Exec(t, "create table public.users (id text primary key, age integer); create view public.a as select id, age from public.users")
	db.Exec(t, "create rule r as on delete to public.a do instead nothing; create view public.c as select count(*) as n from public.a; create view public.b as select n, id from public.c, public.a")

	found, err := postgres.Dependents(t.Context(), db.Pool(t, "sf_snapshot"), relation.Relation{Schema: "public", Name: "a"}, "")
	require.NoError(t, err)
	reading, err := postgres.Dependents(t.Context(), db.Pool(t, "sf_snapshot"), relation.Relation{Schema: "public", Name: "a"}, "id")
	require.NoError(t, err)

	require.Equal(t, "view public.b, view public.c", whatHangs(found))
	require.Equal(t, "view public.b", whatHangs(reading))
}

// Views that read each other are no loop without an end.
func TestViewsInARingAreNamedOnce(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	db.Exec(t, "create table public.users (id text primary key, age integer); create view public.a as select age from public.users")
	db.Exec(t, "create view public.b as select age from public.a; create or replace view public.a as select u.age from public.users u, public.b")

	found, err := postgres.Dependents(t.Context(), db.Pool(t, "sf_ingest"), users, "age")

	require.NoError(t, err)
	require.Len(t, found, 2)
}

// Only its owner can say how a table comes back whose column is of the view's rows.
func TestATableOfAViewsRowsIsNamed(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	db.Exec(t, "create table public.users (id text primary key, age integer); create view public.a as select age from public.users; create table public.kept (a public.a, n integer)")

	found, err := postgres.Dependents(t.Context(), db.Pool(t, "sf_ingest"), users, "age")

	require.NoError(t, err)
	require.Equal(t, "column a of table public.kept, view public.a", whatHangs(found))
	require.Empty(t, found[0].Drop)
}

package postgres_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
)

// Everything that has a function of others called as a table is written into is named, by
// table, with the role whose rights it has; what is the service's own is not.
func TestForeignCode(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	db.Exec(t, `
do $$ begin create role "sf_test other"; exception when duplicate_object or unique_violation then null; end $$;
create function theirs() returns trigger language plpgsql as $$ begin return new; end $$;
create function definer() returns trigger language plpgsql security definer as $$ begin return new; end $$;
create function ours() returns trigger language plpgsql as $$ begin return new; end $$;
create function holds(int) returns boolean language sql immutable as 'select true';
alter function theirs() owner to "sf_test other"; alter function definer() owner to "sf_test other"; alter function holds(int) owner to "sf_test other";
grant create on schema public to sf_ingest; alter function ours() owner to sf_ingest;
create table one (v int check (holds(v))); create table two (v int); create table three (v int);
create trigger a before insert on one for each row execute function theirs();
create trigger b after update on one execute function definer();
create trigger c after update on one execute function ours();
create trigger d before insert on two for each row execute function theirs();
create trigger e before insert on three for each row execute function theirs(); alter table three disable trigger e`)
	in := func(name string) relation.Relation { return relation.Relation{Schema: "public", Name: name} }

	got, err := postgres.ForeignCode(t.Context(), db.Pool(t, "sf_ingest"), []relation.Relation{in("one"), in("two"), in("three"), in("gone")})
	none, noneErr := postgres.ForeignCode(t.Context(), db.Pool(t, "sf_ingest"), nil)

	require.NoError(t, err)
	require.NoError(t, noneErr)
	require.Empty(t, none)
	const see = `see that "sf_test other" may be trusted with what it may do then, or keep it from being called: `
	said := map[string][]string{}
	for table, all := range got {
		for _, d := range all {
			require.Equal(t, string(problem.ForeignCode), d.Reason)
			said[table.Name] = append(said[table.Name], d.Found+" → "+d.Mend)
		}
	}
	require.Equal(t, map[string][]string{
		"one": {
			`found trigger "a" on public.one, which calls public.theirs(), a function of "sf_test other"; a run calls it, and it runs as "sf_ingest" → ` + see + `alter table "public"."one" disable trigger "a"`,
			`found trigger "b" on public.one, which calls public.definer(), a function of "sf_test other"; a run calls it, and it runs as "sf_test other" → ` + see + `alter table "public"."one" disable trigger "b"`,
			`found check "one_v_check" of public.one, which calls public.holds(integer), a function of "sf_test other"; a run calls it, and it runs as "sf_ingest" → ` + see + `alter table "public"."one" drop constraint "one_v_check"`,
		},
		"two": {`found trigger "d" on public.two, which calls public.theirs(), a function of "sf_test other"; a run calls it, and it runs as "sf_ingest" → ` + see + `alter table "public"."two" disable trigger "d"`},
	}, said)
}

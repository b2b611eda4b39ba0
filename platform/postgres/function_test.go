package postgres_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
)

func TestAFunctionThatDoesNotFindWhatItNames(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	db.Exec(t, `
create table seen (v text);
grant insert on seen to sf_ingest;
create schema "Odd one";
grant usage on schema "Odd one" to sf_ingest;
create function lost() returns int language plpgsql as 'begin insert into seen values (1); return 1; end';
create function "Odd one".lost(v text) returns int language plpgsql as 'begin return no_such_thing(v); end';
set check_function_bodies = off;
create function lost_in_sql() returns bigint volatile language sql as 'insert into seen values (1); select count(*) from seen';
create function lost_type() returns int language plpgsql as 'declare v mood; begin return 1; end';
create function nested() returns int language plpgsql as 'begin return public.lost(); end';
create function pinned() returns int language plpgsql set search_path = public as 'begin insert into seen values (1); return 1; end';
create function fails() returns int language plpgsql as 'begin return 1 / 0; end';
create function denied() returns int language plpgsql as 'begin return (select count(*) from public.unseen); end';
create table unseen ();`)
	pool := db.Pool(t, "sf_ingest")
	for sql, want := range map[string]string{
		"select public.lost()":             "alter function public.lost() set search_path = pg_catalog, public, pg_temp",
		`select "Odd one".lost('a')`:       `alter function "Odd one".lost(text) set search_path = pg_catalog, "Odd one", pg_temp`,
		"select public.lost_in_sql()":      "alter function lost_in_sql set search_path = pg_catalog, public, pg_temp",
		"select public.lost_type()":        "alter function lost_type set search_path = pg_catalog, public, pg_temp",
		"select public.nested()":           "alter function public.lost() set search_path = pg_catalog, public, pg_temp",
		"select public.fails()":            "",
		"select public.denied()":           "",
		"select public.no_such_function()": "",
		"select from public.no_such_table": "",
	} {
		_, err := pool.Exec(t.Context(), sql)
		require.Error(t, err, sql)
		advice, lost := postgres.LostInFunction(err)
		require.Equal(t, want != "", lost, "%s: %v", sql, err)
		_, theirs := postgres.FunctionFailed(err)
		require.Equal(t, theirs, problem.Is(postgres.Problem(err), problem.LiveTableDiffers), sql)
		require.True(t, theirs || !lost, sql)
		if lost {
			require.Contains(t, advice, want, sql)
			require.False(t, postgres.IsUndefinedTable(err), "no table of ours is missing")
		}
	}
	_, err := pool.Exec(t.Context(), "select public.pinned()")
	require.NoError(t, err)
	_, err = pool.Exec(t.Context(), "select public.denied()")
	name, inside := postgres.InFunction(err)
	require.True(t, inside)
	require.Equal(t, "public.denied()", name)
	_, err = pool.Exec(t.Context(), "select from public.no_such_table")
	require.True(t, postgres.IsUndefinedTable(err))
}

func TestUnpinnedFunctionsOfTables(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	db.Exec(t, `
create schema tools;
create function tools.touch() returns trigger language plpgsql as 'begin return new; end';
create function tools.pinned() returns trigger language plpgsql set search_path = tools as 'begin return new; end';
create function off() returns trigger language plpgsql as 'begin return new; end';
create function folded(text) returns text immutable language sql as 'select lower($1)';
create function parsed(text) returns text immutable language sql return lower($1);
create function allowed(text) returns boolean immutable language plpgsql as 'begin return true; end';
create function "Default one"() returns text language plpgsql as 'begin return 1; end';
create function visible(text) returns boolean stable language plpgsql as 'begin return true; end';
create table live (id text primary key, note text default "Default one"(), part text, check (allowed(note)));
create trigger touched before update on live for each row execute function tools.touch();
create trigger touched_again before insert on live for each row execute function tools.touch();
create trigger pinned before insert on live for each row execute function tools.pinned();
create trigger off before insert on live for each row execute function off();
alter table live disable trigger off;
create index on live (folded(note));
create index on live (parsed(note), lower(note));
create policy seen on live using (visible(id));
create table history (id text, as_of date) partition by list (as_of);
create table history_1 partition of history for values in ('2024-01-31');
create trigger touched before update on history_1 for each row execute function tools.touch();
create table other (id text);
create index on other (folded(id))`)

	got, err := postgres.Unpinned(t.Context(), db.Pool(t, "sf_ingest"), []relation.Relation{
		{Schema: "public", Name: "live"}, {Schema: "public", Name: "not there"}, {Schema: "public", Name: "history"},
	})

	require.NoError(t, err)
	live, history := relation.Relation{Schema: "public", Name: "live"}, relation.Relation{Schema: "public", Name: "history"}
	require.Equal(t, []postgres.UserFunction{
		{live, "the default of column note", `public."Default one"()`, `alter function public."Default one"() set search_path = pg_catalog, public, pg_temp`},
		{live, "constraint live_note_check", "public.allowed(text)", "alter function public.allowed(text) set search_path = pg_catalog, public, pg_temp"},
		{live, "index live_folded_idx", "public.folded(text)", "alter function public.folded(text) set search_path = pg_catalog, public, pg_temp"},
		{live, "policy seen", "public.visible(text)", "alter function public.visible(text) set search_path = pg_catalog, public, pg_temp"},
		{live, "trigger touched", "tools.touch()", "alter function tools.touch() set search_path = pg_catalog, tools, public, pg_temp"},
		{history, "trigger touched", "tools.touch()", "alter function tools.touch() set search_path = pg_catalog, tools, public, pg_temp"},
	}, got)
	for _, f := range got {
		db.Exec(t, f.Mend)
	}
	got, err = postgres.Unpinned(t.Context(), db.Pool(t, "sf_ingest"), []relation.Relation{live, history})
	require.NoError(t, err)
	require.Empty(t, got, "the statements mend it")
}

// A trigger that may change rows, and whose function has no search_path, is one warning; what
// else calls such functions has its own.
func TestATriggerIsOneWarning(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	db.Exec(t, `
create function shout() returns trigger language plpgsql as 'begin return new; end';
create function pinned() returns trigger language plpgsql set search_path = pg_catalog as 'begin return new; end';
create function looks_on() returns trigger language plpgsql as 'begin return null; end';
create table live (id text);
create table other (id text);
create trigger a before insert on live for each row execute function shout();
create trigger b before update on live for each row execute function shout();
create trigger c before insert on live for each row execute function pinned();
create trigger d after insert on live for each row execute function looks_on();
create trigger a before insert on other for each row execute function shout()`)
	live, other := relation.Relation{Schema: "public", Name: "live"}, relation.Relation{Schema: "public", Name: "other"}

	got, err := postgres.Warnings(t.Context(), db.Pool(t, "sf_ingest"), []relation.Relation{live, other})

	require.NoError(t, err)
	const pathless = "has no search_path of its own: when a run writes, it finds nothing outside pg_catalog that it names without a schema"
	found := func(of relation.Relation) (out []string) {
		for _, w := range got[of] {
			out = append(out, w.Found)
		}
		return out
	}
	hand := func(trigger, on, calls string) string {
		return `found trigger "` + trigger + `" on public.` + on + ", which calls public." + calls + " before a row is written, and may change or skip it; a run compares the table with what it wrote, and refuses where they differ"
	}
	require.Equal(t, []string{
		"found that trigger d calls public.looks_on(), which " + pathless,
		hand("a", "live", "shout()") + "; the function " + pathless, hand("b", "live", "shout()"), hand("c", "live", "pinned()"),
	}, found(live))
	require.Equal(t, []string{hand("a", "other", "shout()") + "; the function " + pathless}, found(other))
	require.Equal(t, `see that it leaves the rows as they are, or take it away: alter table "public"."other" disable trigger "a"; where it stays: `+
		"alter function public.shout() set search_path = pg_catalog, public, pg_temp", got[other][0].Mend)
}

package postgres_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
)

func TestCallersOfTables(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	db.Exec(t, `
create function keeps(text) returns boolean language plpgsql as 'begin return true; end';
create function half(text) returns text immutable language sql return $1;
create function nothing() returns trigger language plpgsql as 'begin return new; end';
create function seen() returns event_trigger language plpgsql as 'begin end';
create domain kept as text check (keeps(value));
create table live (id text primary key, a text default half('x'), b text generated always as (half(id)) stored, c kept,
    d text default pg_catalog.upper('x'), constraint odd check (keeps(a)), check (length(d) > 0));
create index "Half" on live (half(id));
create index on live (lower(d));
create table child (id text primary key references live on delete cascade, check (keeps(id)));
create table grandchild (id text references child on delete set null);
create table looks_on (id text references live);
create table above (id text primary key);
alter table live add foreign key (id) references above;
create table parted (id text) partition by list (half(id));
create table plain (id text primary key, n int default 3 check (n > 0), at timestamptz default now());
create trigger far after delete or update on grandchild for each row execute function nothing();
create trigger off before delete on grandchild for each row execute function nothing(); alter table grandchild disable trigger off;
create trigger beside before insert on looks_on for each row execute function nothing();
create trigger over before insert on above for each row execute function nothing();
create trigger own before insert on live for each row execute function nothing();
create event trigger watcher on ddl_command_end execute function seen()`)
	public := func(name string) relation.Relation { return relation.Relation{Schema: "public", Name: name} }
	ask := func(made bool, names ...string) []postgres.Caller {
		var tables []relation.Relation
		for _, n := range names {
			tables = append(tables, public(n))
		}
		got, err := postgres.Callers(t.Context(), db.Pool(t, "sf_ingest"), tables, made)
		require.NoError(t, err)
		return got
	}

	got := ask(true, "live", "parted", "plain", "not there")

	var said []string
	for _, c := range got {
		said = append(said, c.String())
	}
	require.Equal(t, []string{
		`event trigger "watcher", which calls public.seen()`,
		`check "child_id_check" of public.child, which calls public.keeps(text)`,
		`trigger "far" on public.grandchild, which calls public.nothing()`,
		`check "odd" of public.live, which calls public.keeps(text)`,
		`the default value of column "a" of public.live, which calls public.half(text)`,
		`check "kept_check" of a domain of public.live, which calls public.keeps(text)`,
		`the generated value of column "b" of public.live, which calls public.half(text)`,
		`index "Half" on public.live, which calls public.half(text)`,
		`the partition key of public.parted, which calls public.half(text)`,
	}, said)
	require.Empty(t, ask(false, "plain", "looks_on", "above"), "what calls nothing of theirs is not listed")
	require.Empty(t, ask(true)[1:])
	for _, c := range got {
		if off := c.Off(); off != "" {
			db.Exec(t, off)
		}
	}
	left := ask(true, "live")
	require.Len(t, left, 1, "the statements keep them from being called")
	require.Equal(t, "domain", left[0].Kind)
}

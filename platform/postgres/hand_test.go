package postgres_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
)

func TestHandsOfTables(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	db.Exec(t, `
create function nothing() returns trigger language plpgsql as 'begin return new; end';
create function into_other() returns trigger language plpgsql as 'begin Update  only public."other one" set id = 1; return null; end';
create table live (id text);
create table "other one" (id text);
create table parted (id text, as_of date) partition by list (as_of);
create table parted_1 partition of parted for values in ('2024-01-31');
create table below partition of parted for values in ('2024-02-29') partition by list (id);
create table below_1 partition of below default;
create trigger first before insert on live for each row execute function nothing();
create trigger "Second" after update on live execute function into_other();
create trigger off before insert on live for each row execute function nothing(); alter table live disable trigger off;
create trigger truncated after truncate on live execute function nothing();
create trigger either_way after truncate or delete on live execute function nothing();
create trigger whole before update on parted for each row execute function nothing();
create trigger deep after insert on below_1 for each row execute function nothing();
create trigger same before update on "other one" for each row execute function suppress_redundant_updates_trigger()`)
	public := func(name string) relation.Relation { return relation.Relation{Schema: "public", Name: name} }

	got, err := postgres.Hands(t.Context(), db.Pool(t, "sf_ingest"), []relation.Relation{
		public("parted"), public("live"), public("other one"), public("not there"),
	})

	require.NoError(t, err)
	require.Equal(t, []postgres.Hand{
		{Table: public("parted"), On: public("below_1"), Trigger: "deep", Function: "public.nothing()"},
		{Table: public("parted"), On: public("parted"), Trigger: "whole", Function: "public.nothing()", Before: true},
		{Table: public("live"), On: public("live"), Trigger: "Second", Function: "public.into_other()", Into: []relation.Relation{public("other one")}},
		{Table: public("live"), On: public("live"), Trigger: "either_way", Function: "public.nothing()"},
		{Table: public("live"), On: public("live"), Trigger: "first", Function: "public.nothing()", Before: true},
	}, got)
	for _, h := range got {
		_, may := h.Warning()
		require.Equal(t, h.Before || len(h.Into) > 0, may, "%s", h)
		db.Exec(t, h.Off())
	}
	got, err = postgres.Hands(t.Context(), db.Pool(t, "sf_ingest"), []relation.Relation{public("parted"), public("live")})
	require.NoError(t, err)
	require.Empty(t, got, "the statements keep them from firing, those of partitions too")
}

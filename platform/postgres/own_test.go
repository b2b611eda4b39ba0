package postgres_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
)

func TestATableOfOursIsLeftAlone(t *testing.T) {
	t.Parallel()
	const before = "create function nothing() returns trigger language plpgsql as 'begin return new; end';" +
		"create function keeps(text) returns boolean language plpgsql as 'begin return true; end';" +
		"create table made (id text primary key, check (id <> ''));"
	const events = "create function looks_on() returns event_trigger language plpgsql as 'begin end';" +
		"create event trigger looks_on on ddl_command_end execute function looks_on();"
	for name, tc := range map[string]struct{ sql, says string }{
		"alone":              {"", ""},
		"a key and an index": {"create index on made (lower(id))", ""},
		"a trigger":          {"create trigger slipped before insert on made for each row execute function nothing()", "trigger slipped, which calls public.nothing()"},
		"a rule":             {"create rule odd as on insert to made do instead nothing", "rule odd"},
		"a policy":           {"create policy hides on made using (false)", "policy hides"},
		"row level security": {"alter table made enable row level security", "row level security"},
		"a default":          {"alter table made alter id set default 'x'", "a default of column id"},
		"a generated value":  {"create function shout(text) returns text immutable language sql as 'select upper($1)'; alter table made add column loud text generated always as (shout(id)) stored", `a default of column loud and the generated value of column "loud" of public.made, which calls public.shout(text)`},
		"a check":            {"alter table made add constraint odd check (keeps(id))", `check "odd" of public.made, which calls public.keeps(text)`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.New(t)
			db.Exec(t, before+events+tc.sql) // where there is one, it may have put anything there

			err := postgres.LeftAlone(t.Context(), db.Pool(t, "sf_ingest"), relation.Relation{Schema: "public", Name: "made"}, problem.LiveTableDiffers)

			if tc.says == "" {
				require.NoError(t, err)
				return
			}
			require.True(t, problem.Is(err, problem.LiveTableDiffers), "%v", err)
			require.ErrorContains(t, err, "expected nothing on public.made, a table of the suite's own that was made just now, found "+tc.says)
		})
	}
}

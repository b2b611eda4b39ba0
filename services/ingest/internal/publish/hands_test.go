package publish_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
)

// Whatever of the users' own runs as the rows are written, live holds what was delivered
// or is left as it was: also where no live table has a trigger.
func TestWhatChangesLiveFromElsewhere(t *testing.T) {
	t.Parallel()
	const meddle = "create function meddles() returns trigger language plpgsql security definer as $$ begin update public.customers set note = 'meddled' where id = 'a'; return null; end $$;" +
		"create function meddling(text) returns boolean language plpgsql security definer as $$ begin update public.customers set note = 'meddled' where id = 'a'; return true; end $$;"
	const child = "create table child (id int references orders on delete cascade); insert into child values (2);"
	for name, tc := range map[string]struct{ sql, says string }{
		"a trigger on a table with a cascade": {child + "create trigger far after delete on child for each row execute function meddles()",
			`trigger "far" on public.child, which calls public.meddles(), took a hand; have it leave the rows alone, or keep it from firing: alter table "public"."child" disable trigger "far"`},
		"a trigger two cascades away": {"create table child (id int primary key references orders on delete cascade); insert into child values (2); create table below (id int references child on delete set null); insert into below values (2);" +
			"create trigger far after update on below for each row execute function meddles()", `trigger "far" on public.below`},
		"a check":           {"alter table orders add constraint odd check (meddling(customer)) not valid", `check "odd" of public.orders, which calls public.meddling(text)`},
		"an index":          {"create function seq(text) returns boolean immutable language plpgsql as $$ begin return public.meddling($1); end $$; create index odd on orders (seq(customer)); update customers set note = 'x' where id = 'a'", `index "odd" on public.orders, which calls public.seq(text)`},
		"nothing":           {child, ""},
		"one that looks on": {"create function fine(text) returns boolean language plpgsql as $$ begin return true; end $$; alter table orders add check (fine(customer))", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := sit(t, strings.Replace(shop, "name: orders\n    key: [id]", "name: orders\n    departed_keys: delete\n    key: [id]", 1))
			k.published("2024-01-31", january)
			k.db.Exec(t, meddle+tc.sql+"; grant all on all tables in schema public to sf_ingest")
			before := k.live()
			id := k.stage("2024-02-29", february)

			if tc.says == "" {
				_, err := k.publish(id)
				require.NoError(t, err)
				return
			}
			p := k.refused(id)

			require.Equal(t, problem.LiveTableDiffers, p.Reason, p.Message)
			require.Contains(t, p.Message, "public.customers: expected what customers.csv holds, found after it was written 1 row that differs in note")
			require.Contains(t, p.Message, tc.says)
			require.Equal(t, before, k.live())
		})
	}
}

// An event trigger may put a trigger on a live table that is made just now.
func TestAnEventTriggerThatPutsATriggerOnLive(t *testing.T) {
	t.Parallel()
	k := sit(t, shop)
	k.db.Exec(t, `create function meddles() returns trigger language plpgsql as $$ begin new.note := 'meddled'; return new; end $$;
create function watches() returns event_trigger language plpgsql as $$ begin
    if exists (select from pg_event_trigger_ddl_commands() where object_identity = 'public.customers' and command_tag = 'CREATE TABLE') then
        create trigger slipped before insert on public.customers for each row execute function public.meddles();
    end if;
end $$;
create event trigger watcher on ddl_command_end execute function watches()`)

	p := k.refused(k.stage("2024-01-31", january))

	require.Equal(t, problem.LiveTableDiffers, p.Reason, p.Message)
	require.Contains(t, p.Message, `event trigger "watcher", which calls public.watches()`)
	require.Equal(t, []string{"<null>"}, k.db.Rows(t, "select to_regclass('customers')"), "nothing is made")
}

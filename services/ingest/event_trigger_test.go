package ingest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
)

// slips puts a trigger on every table of a schema as it is made.
const slips = `create function meddle() returns trigger language plpgsql as $$ begin new.note := 'meddled'; return new; end $$;
create function slip() returns event_trigger language plpgsql as $$ declare made text; begin
	for made in select object_identity from pg_event_trigger_ddl_commands() where command_tag = 'CREATE TABLE' and schema_name = 'sf_staging' loop
		execute 'create trigger slipped before insert on ' || made || ' for each row execute function public.meddle()';
	end loop;
end $$;
create event trigger slip on ddl_command_end execute function slip()`

// What is judged is what was delivered: staging tables have nothing on them that changes it.
func TestATriggerThatIsPutOnStagingTables(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.db.Exec(t, slips)

	_, err := h.stageRequest(h.request(january, h.deliver("d", goods)))

	p := problem.FromError(err)
	require.Equal(t, problem.LiveTableDiffers, p.Reason, p.Message)
	require.Contains(t, p.Message, "found trigger slipped, which calls public.meddle(), put there by event trigger \"slip\", which calls public.slip()")
	require.False(t, problem.Transient(p))
	h.db.Exec(t, "alter event trigger slip disable")
	require.Empty(t, h.stage(january, goods).GetFindings())
}

func TestAnEventTriggerThatRaisesIsCalledOne(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.db.Exec(t, `create function slip() returns event_trigger language plpgsql as $$ begin raise exception 'no tables on Thursdays'; end $$;
create event trigger slip on ddl_command_end execute function slip()`)

	_, err := h.stageRequest(h.request(january, h.deliver("d", goods)))

	p := problem.FromError(err)
	require.Equal(t, problem.LiveTableDiffers, p.Reason, p.Message)
	require.Contains(t, p.Message, "no tables on Thursdays")
	require.Contains(t, p.Message, "function public.slip() belongs to an event trigger, which PostgreSQL calls as tables are made")
	require.NotContains(t, p.Message, "as the rows are written")
}

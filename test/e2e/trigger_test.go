package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/builtin"
	"github.com/streamflow/streamflow/platform/ident"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/test/extract"
)

// A trigger of the users' own that names its table without a schema finds it no longer.
// An apply and a plan say so beforehand and a run that is refused afterwards, all with the
// statement that mends it.
func TestATriggerWithoutASearchPathIsFoundByAPlan(t *testing.T) {
	t.Parallel()
	s := setup(t)
	january, february := extract.Months(t)
	s.succeed(t, extract.January, january)
	execute(t, s.person(t), `
create table audit (user_id text);
grant insert on audit to sf_ingest;
create function note() returns trigger language plpgsql as $$ begin insert into audit values (new.user_id); return new; end $$;
create trigger noted after update on usage_agg_30d for each row execute function note()`)
	const mend = "alter function public.note() set search_path = pg_catalog, public, pg_temp"

	applied, err := s.orchestrator.ApplyDataset(t.Context(), &orchestratorv1.ApplyDatasetRequest{Dataset: builtin.Streamflow(), RequestedBy: "e2e"})
	require.NoError(t, err)
	require.Len(t, applied.GetWarnings(), 1)
	require.Contains(t, applied.GetWarnings()[0], mend)
	planned, err := s.orchestrator.StartRun(t.Context(), &orchestratorv1.StartRunRequest{
		Dataset: "streamflow", AsOf: extract.February, Source: february, RequestId: ident.New(ident.Request), RequestedBy: "e2e",
		Mode: orchestratorv1.RunMode_RUN_MODE_PLAN,
	})
	require.NoError(t, err)
	plan := s.wait(t, planned.GetRun().GetId())
	require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, plan.GetState(), plan.GetMessage())
	warned := 0
	for _, f := range plan.GetFindings() {
		if f.GetReason() == "LIVE_TABLE_DIFFERS" {
			warned++
			require.Equal(t, datasetv1.Severity_SEVERITY_WARNING, f.GetSeverity())
			require.Equal(t, "usage_agg_30d", f.GetTable())
			require.Equal(t, mend, f.GetAction())
		}
	}
	require.Equal(t, 1, warned)

	refused := s.run(t, extract.February, february)
	require.Equal(t, "LIVE_TABLE_DIFFERS", refused.GetReason(), refused.GetMessage())
	require.Contains(t, refused.GetMessage(), mend)
	require.Empty(t, s.rows(t, "select from audit"))

	execute(t, s.person(t), mend)
	s.succeed(t, extract.February, february)
	require.Equal(t, []string{"7043"}, s.rows(t, "select count(*) from audit"))
}

package e2e

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// squat is the hotel's dataset under another name: the same tables.
func squat(t *testing.T, name string) *datasetv1.Dataset {
	t.Helper()
	d := guests(t)
	d.Name = name
	return d
}

// A dataset that declares a name and never publishes keeps it from nobody; who publishes
// first has it, and the other one's run, and its next application, say whose it is.
func TestANameThatNobodyPublishedIntoIsNotHeld(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.apply(t, squat(t, "squatter"))
	resp, err := s.orchestrator.ApplyDataset(t.Context(), &orchestratorv1.ApplyDatasetRequest{Dataset: guests(t), RequestedBy: "e2e"})
	require.NoError(t, err)
	require.Len(t, resp.GetWarnings(), 2)
	require.Contains(t, resp.GetWarnings()[0], "public.guests: dataset squatter declares it as well")

	r := s.hotel(t, "id,city,nights\na,Oslo,1\n")
	require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, r.GetState(), r.GetMessage())

	late := s.guestsOf(t, "squatter", "id,city,nights\nz,Rome,9\n")
	require.Equal(t, orchestratorv1.RunState_RUN_STATE_FAILED, late.GetState())
	require.Equal(t, string(problem.TableTaken), late.GetReason())
	require.Contains(t, late.GetMessage(), "public.guests was first published by dataset hotel")
	require.Equal(t, []string{"a|Oslo|1"}, s.rows(t, "select id, city, nights from guests"))
	_, err = s.orchestrator.ApplyDataset(t.Context(), &orchestratorv1.ApplyDatasetRequest{Dataset: squat(t, "squatter"), RequestedBy: "e2e"})
	require.True(t, problem.Is(err, problem.TableTaken), "%v", err)
	require.NotContains(t, err.Error(), "nights", "no layout is told")
	_, err = s.orchestrator.DeleteDataset(t.Context(), &orchestratorv1.DeleteDatasetRequest{Dataset: "squatter", RequestedBy: "e2e"})
	require.ErrorContains(t, err, "public.guests was first published by dataset hotel")
	gone, err := s.orchestrator.DeleteDataset(t.Context(), &orchestratorv1.DeleteDatasetRequest{Dataset: "squatter", KeepTables: true, RequestedBy: "e2e"})
	require.NoError(t, err)
	require.Empty(t, gone.GetTables(), "what the hotel declares is not free")
	require.Equal(t, []string{"guests|hotel"}, s.rows(t, "select table_name, dataset from sf_ingest.table_owner"))
	r = s.hotel(t, "id,city,nights\na,Oslo,2\n")
	require.NotEqual(t, string(problem.TableTaken), r.GetReason())
}

// Two that declare the same names run at the same time: one has them, whole, and the other
// is told so.
func TestOfTwoThatPublishAtOnceOneHasTheTables(t *testing.T) {
	t.Parallel()
	s := setup(t)
	runs := map[string]*orchestratorv1.Run{}
	var started []string
	for _, name := range []string{"hotel", "squatter"} {
		s.apply(t, squat(t, name))
	}
	for _, name := range []string{"hotel", "squatter"} {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "guests.csv"), []byte("id,city,nights\n"+name+",Oslo,1\n"), 0o600))
		r, err := s.orchestrator.StartRun(t.Context(), &orchestratorv1.StartRunRequest{Dataset: name, AsOf: "2024-01-31", Source: dir, RequestedBy: "e2e"})
		require.NoError(t, err)
		started = append(started, r.GetRun().GetId())
	}
	var mu sync.Mutex
	var both sync.WaitGroup
	for _, id := range started {
		both.Go(func() {
			r := s.wait(t, id)
			mu.Lock()
			defer mu.Unlock()
			runs[r.GetDataset()] = r
		})
	}
	both.Wait()
	owner := s.rows(t, "select distinct dataset from (select dataset from sf_ingest.table_owner union all select dataset from sf_snapshot.table_owner) o")
	require.Len(t, owner, 1, "live and history are one dataset's")
	for name, r := range runs {
		if name == owner[0] {
			require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, r.GetState(), r.GetMessage())
			continue
		}
		require.Equal(t, string(problem.TableTaken), r.GetReason(), r.GetMessage())
	}
	require.Equal(t, owner, s.rows(t, "select id from guests"))
	require.Equal(t, owner, s.rows(t, "select id from guests_snapshots"))
}

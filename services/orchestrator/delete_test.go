package orchestrator_test

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

func (s *suite) remove(name string, keepTables bool) (*orchestratorv1.DeleteDatasetResponse, error) {
	return s.client.DeleteDataset(context.Background(), &orchestratorv1.DeleteDatasetRequest{
		Dataset: name, KeepTables: keepTables, RequestedBy: asker,
	})
}

func TestADeletedDatasetIsGoneAndItsNamesAreFree(t *testing.T) {
	t.Parallel()
	s := setup(t)
	version := s.version(t, "").GetVersion()
	ran := s.did(t, plan())
	heir := dataset("heir")
	heir.Tables[0].Name, heir.Snapshots[0].From = "shop_orders", "shop_orders"
	requireReason(t, s.applyErr(t, heir), problem.TableTaken)

	resp, err := s.remove("shop", false)

	require.NoError(t, err)
	require.Equal(t, version, resp.GetVersion())
	var freed []string
	for _, r := range resp.GetTables() {
		freed = append(freed, r.GetSchema()+"."+r.GetName())
	}
	require.ElementsMatch(t, []string{"public.shop_users", "public.shop_orders", "public.shop_users_snapshots", "public.shop_orders_snapshots"}, freed)
	_, err = s.client.GetDataset(t.Context(), &orchestratorv1.GetDatasetRequest{Dataset: "shop"})
	requireReason(t, err, problem.DatasetNotFound)
	_, err = s.client.StartRun(t.Context(), ask())
	requireReason(t, err, problem.DatasetNotFound)
	require.Equal(t, version, s.version(t, version).GetVersion(), "the version stays for the runs that were made of it")
	require.Equal(t, ran.GetState(), s.run(t, ran.GetId()).GetState())
	require.NoError(t, s.applyErr(t, heir), "its names are free")
	require.Equal(t, []string{"shop|f|ann"}, s.db.Rows(t, "select dataset, keep_tables, requested_by from sf_orchestrator.dataset_deletion"))

	again, err := s.remove("shop", false)
	require.NoError(t, err, "sent twice it is done once")
	require.Empty(t, again.GetVersion())
	require.Empty(t, again.GetTables())
	_, err = s.remove("shopp", false)
	requireReason(t, err, problem.DatasetNotFound)
}

func TestADatasetWithRowsIsKept(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		stand func(s *suite)
		want  string
	}{
		"live rows": {func(s *suite) { s.stand("shop_users", true) }, "public.shop_users holds live rows"},
		"history":   {func(s *suite) { s.stand("shop_orders_snapshots", true) }, "public.shop_orders_snapshots holds history"},
		"rows of an earlier version": {func(s *suite) {
			smaller := dataset("shop")
			smaller.Tables, smaller.Snapshots = smaller.GetTables()[:1], smaller.GetSnapshots()[:1]
			s.stand("shop_orders", true)
			_, _ = s.client.ApplyDataset(context.Background(), &orchestratorv1.ApplyDatasetRequest{Dataset: smaller, RequestedBy: asker})
		}, "public.shop_orders holds live rows"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setup(t)
			tc.stand(s)

			_, err := s.remove("shop", false)

			requireReason(t, err, problem.DatasetInUse)
			require.ErrorContains(t, err, tc.want)
			require.ErrorContains(t, err, "--keep-tables")
			require.True(t, s.version(t, "").GetCurrent())
			_, err = s.remove("shop", true)
			require.NoError(t, err)
			require.Equal(t, []string{"t"}, s.db.Rows(t, "select keep_tables from sf_orchestrator.dataset_deletion"))
		})
	}
}

func TestADatasetIsNotDeletedBlindly(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.hide("snapshot", problem.New(problem.ServiceUnavailable, "nobody is there"))

	_, err := s.remove("shop", false)

	requireReason(t, err, problem.ServiceUnavailable)
	require.ErrorContains(t, err, "nobody is there")
	_, err = s.remove("shop", true)
	require.NoError(t, err, "what is kept need not be seen")
}

func TestADatasetWithARunUnderWayIsKept(t *testing.T) {
	t.Parallel()
	s := setup(t)
	script, got, release := hanging()
	s.on("Stage", script)
	id := s.start(t, ask())
	await(t, got)

	_, err := s.remove("shop", true)

	requireReason(t, err, problem.DatasetInUse)
	require.ErrorContains(t, err, id)
	require.True(t, s.version(t, "").GetCurrent())
	close(release)
	s.end(t, id)
	_, err = s.remove("shop", true)
	require.NoError(t, err)
}

// Of a run and a deletion at the same moment one wins, and never both: there is no run
// of a dataset that is not there.
func TestARunAndADeletionAtOnce(t *testing.T) {
	t.Parallel()
	s := setup(t)
	script, _, release := hanging()
	s.on("Stage", script)
	t.Cleanup(func() { close(release) })
	for range 20 {
		s.apply(t, dataset("brief"))
		var run, removed error
		var both sync.WaitGroup
		both.Go(func() {
			req := ask()
			req.Dataset = "brief"
			_, run = s.client.StartRun(context.Background(), req)
		})
		both.Go(func() { _, removed = s.remove("brief", true) })
		both.Wait()
		if removed != nil {
			requireReason(t, removed, problem.DatasetInUse)
			require.NoError(t, run)
			return // the run is under way now
		}
		if run != nil {
			requireReason(t, run, problem.DatasetNotFound)
		}
		require.Error(t, run, "a run was queued of a dataset that was deleted")
	}
}

func TestADeletedDatasetComesBack(t *testing.T) {
	t.Parallel()
	s := setup(t)
	first := s.version(t, "").GetVersion()
	_, err := s.remove("shop", true)
	require.NoError(t, err)

	back := s.apply(t, dataset("shop"))

	require.False(t, back.GetUnchanged())
	require.Empty(t, back.GetPreviousVersion())
	require.Empty(t, back.GetChanges())
	require.Equal(t, first, s.version(t, "").GetVersion())
	require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, s.did(t, ask()).GetState())
}

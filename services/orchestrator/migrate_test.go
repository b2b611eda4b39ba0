package orchestrator_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

func (s *suite) migrate(dataset string, lookOnly bool) (*orchestratorv1.MigrateDatasetResponse, error) {
	return s.client.MigrateDataset(context.Background(), &orchestratorv1.MigrateDatasetRequest{
		Dataset: dataset, LookOnly: lookOnly, Confirm: !lookOnly, RequestedBy: asker,
	})
}

// A request that says neither that it only looks nor that it is meant is refused with what
// it would lock; where there is nothing to rewrite, it has nothing to confirm.
func TestMigrateWantsToBeConfirmed(t *testing.T) {
	t.Parallel()
	s := setup(t)
	bare := &orchestratorv1.MigrateDatasetRequest{Dataset: "shop", RequestedBy: asker}

	got, err := s.client.MigrateDataset(t.Context(), bare)

	require.NoError(t, err)
	require.Empty(t, got.GetAltered())
	require.False(t, got.GetDone())
	s.grows["live"] = []*stepv1.AlteredRelation{
		{Name: "shop_users", Relation: &stepv1.Relation{Schema: "public", Name: "shop_users"}, Found: "expected bigint, found integer", Bytes: 101 << 20},
	}
	_, err = s.client.MigrateDataset(t.Context(), bare)
	requireReason(t, err, problem.InvalidRequest)
	p := problem.FromError(err)
	require.EqualError(t, p, "dataset shop was not migrated: confirm is not true, and it would rewrite 1 table, "+
		"and lock public.shop_users for about 3 seconds (expected bigint, found integer)")
	require.Equal(t, "confirm", p.Violations[0].Subject)
	require.Contains(t, p.Action(), `"confirm": true`)
	for _, c := range s.made("ExpandLive", "ExpandHistory") {
		require.True(t, c.LookOnly, "nothing was rewritten")
	}
	both, err := s.client.MigrateDataset(t.Context(), &orchestratorv1.MigrateDatasetRequest{Dataset: "shop", RequestedBy: asker, Confirm: true, LookOnly: true})
	require.NoError(t, err)
	require.False(t, both.GetDone(), "who says both only looks")
	require.EqualValues(t, 3000, both.GetAltered()[0].GetAboutMs())
}

func TestMigrateRewritesLiveAndHistory(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.grows["live"] = []*stepv1.AlteredRelation{{Name: "shop_users", Mend: "alter a", LockedMs: 12}}
	s.grows["history"] = []*stepv1.AlteredRelation{{Name: "shop_users_snapshots", Mend: "alter b"}}

	for _, lookOnly := range []bool{true, false} {
		got, err := s.migrate("shop", lookOnly)

		require.NoError(t, err)
		require.Len(t, got.GetAltered(), 2)
		require.Equal(t, !lookOnly, got.GetDone())
		require.Equal(t, "shop_users", got.GetAltered()[0].GetName())
		require.EqualValues(t, 12, got.GetAltered()[0].GetLockedMs())
	}
	calls := s.made("ExpandLive", "ExpandHistory")
	require.Len(t, calls, 4)
	for i, c := range calls {
		require.True(t, c.Rewrite, "never what a run does")
		require.Equal(t, i < 2, c.LookOnly)
		require.Positive(t, c.Fence)
	}
	require.Greater(t, calls[2].Fence, calls[0].Fence, "whoever asked before can commit nothing any more")
}

// A run that is at work keeps its fence.
func TestMigrateWaitsForNoRun(t *testing.T) {
	t.Parallel()
	s := setup(t)
	hang, got, release := hanging()
	s.on("Stage", hang)
	id := s.start(t, ask())
	await(t, got)

	_, err := s.migrate("shop", false)

	requireReason(t, err, problem.DatasetInUse)
	require.ErrorContains(t, err, "run "+id+" is under way; wait for its end, or cancel it with `sfctl run cancel "+id+"`")
	require.Empty(t, s.made("ExpandLive"))
	close(release)
	requireState(t, s.end(t, id), succeeded)
}

func TestMigrateOfNoDataset(t *testing.T) {
	t.Parallel()
	s := setup(t)

	_, err := s.migrate("shopp", true)

	requireReason(t, err, problem.DatasetNotFound)
}

// What ingest had done stands, and what history refuses is said.
func TestMigrateThatIsRefused(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.on("ExpandHistory", failing(1, problem.New(problem.DatabaseUnavailable, "another session holds a lock")))

	_, err := s.migrate("shop", false)

	requireReason(t, err, problem.DatabaseUnavailable)
	require.Len(t, s.made("ExpandLive"), 1)
	_, err = s.migrate("shop", false)
	require.NoError(t, err)
}

// Live and history are rewritten together or not at all: where a view hangs on one of
// them nothing is, and the view is named with the SQL.
func TestMigrateIsRefusedWhileATableIsBlocked(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.stand("shop_users", true)
	s.stands["shop_users"].Rewrites = []*stepv1.RelationDifference{differs("expected bigint, found integer", "alter table shop_users")}
	s.stand("shop_users_snapshots", true, differs("expected bigint, found integer, and view v hangs on it", "drop view v; alter table x; create view v"))

	for _, lookOnly := range []bool{true, false} {
		_, err := s.migrate("shop", lookOnly)

		requireReason(t, err, problem.DatasetRefused)
		require.Equal(t, []problem.Violation{{
			Subject:     "public.shop_users_snapshots",
			Description: "expected bigint, found integer, and view v hangs on it: drop view v; alter table x; create view v",
		}}, problem.FromError(err).Violations)
		require.EqualError(t, problem.FromError(err), "dataset shop was not migrated, and no table of it was changed: 1 thing is to be mended first")
	}
	require.Empty(t, s.made("ExpandLive", "ExpandHistory"))

	s.stand("shop_users_snapshots", true)
	_, err := s.migrate("shop", false)
	require.NoError(t, err)
	require.Len(t, s.made("ExpandLive", "ExpandHistory"), 2)
}

func TestMigrateIsNotDoneBlindly(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.hide("snapshot", problem.New(problem.ServiceUnavailable, "nobody is there"))

	_, err := s.migrate("shop", false)

	requireReason(t, err, problem.ServiceUnavailable)
	require.ErrorContains(t, err, "nobody is there")
	require.Empty(t, s.made("ExpandLive", "ExpandHistory"))
}

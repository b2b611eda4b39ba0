package step_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/problem"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/fault"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
	"github.com/streamflow/streamflow/services/orchestrator/internal/steptest"
)

func entry(snapshot, asOf string, rows int64) *snapshotv1.Snapshot {
	return &snapshotv1.Snapshot{
		Dataset: "shop", Snapshot: snapshot, AsOf: asOf, Rows: rows,
		Table: &stepv1.Relation{Schema: "public", Name: snapshot},
	}
}

// pages lets the catalog come in pages.
func pages(w *steptest.World, all ...[]*snapshotv1.Snapshot) {
	w.On("ListSnapshots", func(_ context.Context, n int, _ proto.Message) error {
		page := &snapshotv1.ListSnapshotsResponse{Snapshots: all[n-1]}
		if n < len(all) {
			page.NextPageToken = "more"
		}
		w.Answers("ListSnapshots", page)
		return nil
	})
}

func TestTheNearestEarlierStateOfEachTableGoesWithTheRequest(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		catalog [][]*snapshotv1.Snapshot
		want    map[string]string // table → as_of
		asked   int
	}{
		"none yet": {[][]*snapshotv1.Snapshot{{}}, map[string]string{}, 1},
		"both of the month before": {
			[][]*snapshotv1.Snapshot{{entry("users_snapshots", "2024-01-31", 5), entry("orders_snapshots", "2024-01-31", 9), entry("users_snapshots", "2023-12-31", 4)}},
			map[string]string{"users": "2024-01-31", "orders": "2024-01-31"}, 1,
		},
		"one is older": {
			[][]*snapshotv1.Snapshot{{entry("users_snapshots", "2024-01-31", 5), entry("users_snapshots", "2023-12-31", 4)}, {entry("orders_snapshots", "2023-11-30", 9)}},
			map[string]string{"users": "2024-01-31", "orders": "2023-11-30"}, 2,
		},
		"no further page than needed": {
			[][]*snapshotv1.Snapshot{{entry("users_snapshots", "2024-01-31", 5), entry("orders_snapshots", "2024-01-31", 9)}, {entry("users_snapshots", "2023-12-31", 4)}},
			map[string]string{"users": "2024-01-31", "orders": "2024-01-31"}, 1,
		},
		"one was never stamped": {
			[][]*snapshotv1.Snapshot{{entry("users_snapshots", "2024-01-31", 5)}, {entry("gone_snapshots", "2023-12-31", 4)}},
			map[string]string{"users": "2024-01-31"}, 2,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, s := setup(t)
			pages(w, c.catalog...)

			_, err := s.Do(t.Context(), run.Stage, task(run.Full))

			require.NoError(t, err)
			got := map[string]string{}
			for _, e := range steptest.Requests[*ingestv1.StageRequest](t, w, "Stage")[0].GetEarlier() {
				require.NotContains(t, got, e.GetTable(), "each table once")
				got[e.GetTable()] = e.GetAsOf()
				require.Positive(t, e.GetRows())
				require.Equal(t, e.GetTable()+"_snapshots", e.GetRelation().GetName())
			}
			require.Equal(t, c.want, got)
			asked := steptest.Requests[*snapshotv1.ListSnapshotsRequest](t, w, "ListSnapshots")
			require.Len(t, asked, c.asked)
			require.Equal(t, "2024-02-29", asked[0].GetBefore())
			require.Equal(t, "shop", asked[0].GetDataset())
		})
	}
}

func TestTwoSnapshotsOfOneTableGiveOneState(t *testing.T) {
	t.Parallel()
	w, s := setup(t)
	tk := task(run.Full)
	tk.Dataset.Snapshots[1].From = "users"
	pages(w, []*snapshotv1.Snapshot{entry("orders_snapshots", "2024-01-31", 5), entry("users_snapshots", "2023-12-31", 4)})

	_, err := s.Do(t.Context(), run.Stage, tk)

	require.NoError(t, err)
	got := steptest.Requests[*ingestv1.StageRequest](t, w, "Stage")[0].GetEarlier()
	require.Len(t, got, 1)
	require.Equal(t, "2024-01-31", got[0].GetAsOf(), "the nearer")
}

func TestWithoutTheCatalogNothingIsStaged(t *testing.T) {
	t.Parallel()
	w, s := setup(t)
	w.Fails("ListSnapshots", 100, problem.New(problem.DatabaseUnavailable, "PostgreSQL restarts"))

	_, err := s.Do(t.Context(), run.Stage, task(run.Full))

	require.Equal(t, fault.Transient, fault.Of(err))
	require.Empty(t, w.Calls("Stage"), "whether keys departed would not be seen")
}

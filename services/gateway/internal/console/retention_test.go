package console

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/services/gateway/internal/backendtest"
)

// What was dropped, and what is kept from that, is marked where snapshots are listed.
func TestDroppedAndPinnedDatesAreMarked(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.dataset()
	revisions := []*snapshotv1.Snapshot{
		{Dataset: "streamflow", Snapshot: "labels_snapshots", AsOf: "2024-02-29", Revision: 1, Pin: &snapshotv1.DatePin{PinnedBy: "ann", Reason: "<b>audit</b>"}},
		{Dataset: "streamflow", Snapshot: "labels_snapshots", AsOf: jan, Revision: 1, DroppedAt: backendtest.At(9)},
	}
	f.suite.Reply("SnapshotService/ListRevisions", &snapshotv1.ListRevisionsResponse{Revisions: revisions})
	f.suite.Reply("SnapshotService/GetSnapshot", &snapshotv1.GetSnapshotResponse{Snapshots: revisions[1:]})

	code, listed, _ := f.get(t, "/datasets/streamflow/revisions")
	require.Equal(t, http.StatusOK, code)
	for _, want := range []string{"Dropped", "Pinned", "ann: &lt;b&gt;audit&lt;/b&gt;"} {
		require.Contains(t, listed, want)
	}
	code, one, _ := f.get(t, "/datasets/streamflow/snapshots/"+jan)
	require.Equal(t, http.StatusOK, code)
	require.Contains(t, one, "Dropped")
	require.NotContains(t, one, "Pinned", "no column says nothing")
}

// A training set says for how long it keeps its dates.
func TestATrainingSetSaysForHowLongItKeepsItsDates(t *testing.T) {
	t.Parallel()
	for says, set := range map[string]*snapshotv1.TrainingSet{
		"until it is forgotten":            {},
		"until " + when(backendtest.At(9)): {KeptUntil: backendtest.At(9)},
		"no more: forgotten by ann":        {Forgotten: &snapshotv1.ForgottenTrainingSet{ForgottenBy: "ann"}},
		"no more: forgotten by bob: old":   {Forgotten: &snapshotv1.ForgottenTrainingSet{ForgottenBy: "bob", Reason: "old"}},
	} {
		require.Equal(t, says, keeps(set))
	}
}

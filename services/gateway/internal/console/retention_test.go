package console

import (
	"errors"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
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
	require.Contains(t, one, "nowhere: its rows were dropped", "and nobody is sent to a table that has them no more")
	require.Contains(t, listed, "nowhere: they were dropped")
}

// retaining answers with a date of each kind.
func (f fixture) retaining() {
	d := declared(1)
	d.Dataset.Tables = []*datasetv1.Table{{Name: "users", Key: []string{"user_id"}, Columns: []*datasetv1.Column{{Name: "user_id", Type: "text"}}}}
	f.suite.Reply("OrchestratorService/GetDataset", &orchestratorv1.GetDatasetResponse{Version: d})
	f.kept()
}

// kept answers with what becomes of a date of each kind.
func (f fixture) kept() {
	f.suite.Reply("SnapshotService/PlanRetention", &snapshotv1.PlanRetentionResponse{Rule: "the newest date is kept", Dates: []*snapshotv1.RetainedDate{
		{AsOf: feb, State: snapshotv1.RetentionState_RETENTION_STATE_KEPT, Why: "the newest date is kept", Rows: 7043, Snapshots: []string{"labels_snapshots"}},
		{AsOf: jan, State: snapshotv1.RetentionState_RETENTION_STATE_HELD, Why: "pinned by ann: <b>audit</b>", Rows: 7043, Pin: &snapshotv1.DatePin{PinnedBy: "ann", Reason: "<b>audit</b>"}, TrainingSets: []string{"trn_1"}},
		{AsOf: "2023-12-31", State: snapshotv1.RetentionState_RETENTION_STATE_DUE, Why: "the newest date is kept", Rows: 7000},
		{AsOf: "2023-11-30", State: snapshotv1.RetentionState_RETENTION_STATE_DROPPED, Why: "dropped by run_1: the newest date is kept", DroppedAt: backendtest.At(9), Run: "run_1"},
	}})
}

// A page says of every date what becomes of it, and why; lists of snapshots say what keeps one
// that is due.
func TestWhatBecomesOfDatesIsAPage(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.dataset()
	f.retaining()
	f.suite.Reply("SnapshotService/ListSnapshots", &snapshotv1.ListSnapshotsResponse{Snapshots: stampsOf(jan, 7043)})
	f.suite.Reply("SnapshotService/GetSnapshot", &snapshotv1.GetSnapshotResponse{Snapshots: stampsOf(jan, 7043)})

	code, page, _ := f.get(t, "/datasets/streamflow/retention")
	require.Equal(t, http.StatusOK, code, page)
	wellFormed(t, page)
	for _, want := range []string{
		"<h1>Retention of <code>streamflow</code></h1>", "the newest date is kept", "<dd>1 date</dd>", ">kept<", ">held<", ">due<", ">dropped<", "pinned by ann: &lt;b&gt;audit",
		`href="/datasets/streamflow/snapshots/2024-01-31"`, "trn_1", `href="/runs/run_1"`, `href="/v1/datasets/streamflow/retention"`,
	} {
		require.Contains(t, page, want)
	}
	for _, path := range []string{"/datasets/streamflow/snapshots", "/datasets/streamflow/snapshots/" + jan} {
		_, listed, _ := f.get(t, path)
		require.Contains(t, listed, "Due and kept", path)
		require.Contains(t, listed, "pinned by ann", path)
	}
	_, dataset, _ := f.get(t, "/datasets/streamflow")
	require.Contains(t, dataset, `href="/datasets/streamflow/retention"`)

	f.suite.Fail("SnapshotService/PlanRetention", errors.New("down"))
	code, listed, _ := f.get(t, "/datasets/streamflow/snapshots")
	require.Equal(t, http.StatusOK, code, "a list is one without it")
	require.NotContains(t, listed, "Due and kept")
	code, _, _ = f.get(t, "/datasets/streamflow/retention")
	require.NotEqual(t, http.StatusOK, code)
}

// A training set that cannot be made again says so, and links no file of it; one that was
// forgotten is marked in the list.
func TestATrainingSetThatIsLostLinksNoFile(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.dataset()
	lost := &snapshotv1.TrainingSet{
		Id: "trn_1", Dataset: "streamflow", Name: "churn", AsOf: []string{jan}, Lost: "ERASED_SINCE", LostSays: []string{"users_snapshots as of 2024-01-31: 3 rows <i>were erased</i>"},
		Forgotten: &snapshotv1.ForgottenTrainingSet{ForgottenBy: "ann", Reason: "old"},
	}
	f.suite.Reply("SnapshotService/ListTrainingSets", &snapshotv1.ListTrainingSetsResponse{TrainingSets: []*snapshotv1.TrainingSet{lost, {Id: "trn_2", Dataset: "streamflow"}}})
	f.suite.Reply("SnapshotService/GetTrainingSet", &snapshotv1.GetTrainingSetResponse{TrainingSet: lost})

	_, listed, _ := f.get(t, "/datasets/streamflow/training-sets")
	for _, want := range []string{"no: ERASED_SINCE", "no more: forgotten by ann: old", "until it is forgotten", ">yes<"} {
		require.Contains(t, listed, want)
	}
	_, page, _ := f.get(t, "/training-sets/trn_1")
	require.Contains(t, page, "Why it cannot be made again")
	require.Contains(t, page, "3 rows &lt;i&gt;were erased")
	require.NotContains(t, page, "/export")

	lost.Lost, lost.LostSays = "", nil
	f.suite.Reply("SnapshotService/GetTrainingSet", &snapshotv1.GetTrainingSetResponse{TrainingSet: lost})
	_, page, _ = f.get(t, "/training-sets/trn_1")
	require.Contains(t, page, "/export?format=parquet")
	require.NotContains(t, page, "cannot be made again")
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

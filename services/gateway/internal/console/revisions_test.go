package console

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/gateway/internal/backendtest"
)

// corrected gives history a date that was corrected.
func (f fixture) corrected() {
	f.suite.Reply("SnapshotService/ListRevisions", &snapshotv1.ListRevisionsResponse{NextPageToken: "more", Revisions: []*snapshotv1.Snapshot{
		{
			Dataset: "streamflow", Snapshot: "labels_snapshots", AsOf: jan, Revision: 2, Rows: 7043, KnownAt: backendtest.At(9),
			Reason: "<script>alert(1)</script>", Run: "run_2", Relation: &stepv1.Relation{Schema: "sf_history", Name: "labels__r1"},
			Stale: "stands on <b>users_snapshots</b>, which is stale",
		},
		{
			Dataset: "streamflow", Snapshot: "labels_snapshots", AsOf: jan, Revision: 1, KnownAt: backendtest.At(1), SupersededAt: backendtest.At(9),
			Run: "run_1", Relation: &stepv1.Relation{Schema: "sf_history", Name: "labels__r1__kept"},
		},
		{Dataset: "streamflow", Snapshot: "users_snapshots", AsOf: jan, Revision: 1, KnownAt: backendtest.At(1), Relation: &stepv1.Relation{Schema: "sf_history", Name: "users__r1"}, Lost: true},
	}})
	f.suite.Reply("SnapshotService/ListRestatements", &snapshotv1.ListRestatementsResponse{Restatements: []*snapshotv1.Restatement{{
		Dataset: "streamflow", AsOf: jan, KnownAt: backendtest.At(9), Reason: "<b>wrong</b>", RequestedBy: "ada@desk", Run: "run_2",
		Snapshots: []*stepv1.RestatedSnapshot{{Snapshot: "labels_snapshots", Revision: 2, Supersedes: 1, Changed: 2652}},
		BuiltOn: []*snapshotv1.BuiltOn{
			{TrainingSet: "trn_1", Name: "churn", Snapshots: []string{"labels_snapshots"}}, {TrainingSet: "trn_2", Snapshots: []string{"users_snapshots"}},
		}, BuiltOnCount: 1021, LaidOver: []string{"2024-02-29", "2024-03-31"},
	}}})
}

func TestRevisionsAndRestatementsHaveAPage(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.dataset()
	f.corrected()

	code, revisions, _ := f.get(t, "/datasets/streamflow/revisions")
	require.Equal(t, http.StatusOK, code)
	for _, want := range []string{"&lt;script&gt;alert(1)&lt;/script&gt;", "sf_history.labels__r1__kept", `href="/runs/run_2"`, "page_token=more", "7,043", "stands on &lt;b&gt;users_snapshots&lt;/b&gt;, which is stale", ">Lost</", "its table is gone", "nowhere: they are gone"} {
		require.Contains(t, revisions, want)
	}
	require.NotContains(t, revisions, "sf_history.users__r1", "nobody reads what is not there")
	code, restatements, _ := f.get(t, "/datasets/streamflow/restatements")
	require.Equal(t, http.StatusOK, code)
	for _, want := range []string{"&lt;b&gt;wrong&lt;/b&gt;", "ada@desk", "2,652", "labels_snapshots", ">trn_1, and others: 1,021 in all<", ">2024-02-29, 2024-03-31<"} {
		require.Contains(t, restatements, want)
	}
	for page, list := range map[string]string{"/datasets/streamflow/revisions": "No snapshots yet.", "/datasets/streamflow/restatements": "Nothing was corrected."} {
		empty := setup(t)
		empty.suite.Reply("OrchestratorService/GetDataset", &orchestratorv1.GetDatasetResponse{Version: &orchestratorv1.DatasetVersion{}})
		empty.suite.Reply("SnapshotService/ListRevisions", &snapshotv1.ListRevisionsResponse{})
		empty.suite.Reply("SnapshotService/ListRestatements", &snapshotv1.ListRestatementsResponse{})
		_, got, _ := empty.get(t, page)
		require.Contains(t, got, list)
	}
}

// erased is a run that erased a row of history and rows that a training set was asked for.
func erased() *orchestratorv1.Run {
	return &orchestratorv1.Run{
		Id: "run_4", Dataset: "streamflow", Mode: orchestratorv1.RunMode_RUN_MODE_ERASE, State: orchestratorv1.RunState_RUN_STATE_SUCCEEDED,
		SupersedeReason: "<i>ticket</i>", EraseTable: "users", EraseKeys: 2,
		Steps:  []*orchestratorv1.Step{{Kind: orchestratorv1.StepKind_STEP_KIND_ERASE, State: orchestratorv1.StepState_STEP_STATE_SUCCEEDED, Attempts: 1}},
		Erased: []*stepv1.ErasedRows{{From: stepv1.ErasedFrom_ERASED_FROM_REVISION, Table: "users", Snapshot: "users_snapshots", AsOf: jan, Revision: 2, Rows: 1234, Source: "/data/<x>"}, {From: stepv1.ErasedFrom_ERASED_FROM_ENTITIES, TrainingSet: "trn_5", Rows: 3}},
	}
}

// A run that erases shows what went and from where, and the date that it has not nowhere.
func TestAnEraseIsShown(t *testing.T) {
	t.Parallel()
	f := setup(t)
	run := erased()
	f.suite.Reply("OrchestratorService/GetRun", &orchestratorv1.GetRunResponse{Run: run})

	code, page, _ := f.get(t, "/runs/run_4")

	require.Equal(t, http.StatusOK, code)
	for _, want := range []string{
		"2 of users to erase: &lt;i&gt;ticket&lt;/i&gt;", `<h2 id="erased">Erased</h2>`, `<th scope="row">revision</th>`, "users_snapshots", "1,234", "/data/&lt;x&gt;", "<dd>erase</dd>",
		`<th scope="row">entities</th>`, `<a href="/training-sets/trn_5">trn_5</a>`,
	} {
		require.Contains(t, page, want)
	}
	require.NotContains(t, page, "<dt>as_of</dt>")
	require.NotContains(t, page, "<dt>Source</dt>")
	run.Mode = orchestratorv1.RunMode_RUN_MODE_ERASE_PLAN
	_, page, _ = f.get(t, "/runs/run_4")
	require.Contains(t, page, "Would be erased")
}

// rolledBack is a run that made a revision of an earlier one.
func rolledBack() *orchestratorv1.Run {
	return &orchestratorv1.Run{
		Id: "run_3", Dataset: "streamflow", AsOf: jan, Mode: orchestratorv1.RunMode_RUN_MODE_ROLLBACK, State: orchestratorv1.RunState_RUN_STATE_SUCCEEDED,
		SupersedeReason: "<i>worse</i>", ToRevision: 1, RevisionOf: "labels_snapshots", Backfill: true,
		Steps:    []*orchestratorv1.Step{{Kind: orchestratorv1.StepKind_STEP_KIND_RESTORE, State: orchestratorv1.StepState_STEP_STATE_SUCCEEDED, Summary: "7,043 rows of 1 table"}},
		Restated: []*stepv1.RestatedSnapshot{{Snapshot: "labels_snapshots", Revision: 3, Supersedes: 2, Restores: 1, Changed: 2652}},
	}
}

// A revision that a rollback made says of what, and so does its run.
func TestARollbackIsShownAsOne(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.dataset()
	f.suite.Reply("SnapshotService/ListRevisions", &snapshotv1.ListRevisionsResponse{Revisions: []*snapshotv1.Snapshot{{
		Dataset: "streamflow", Snapshot: "labels_snapshots", AsOf: jan, Revision: 3, Restores: 1, Reason: "<i>worse</i>", Run: "run_3",
	}}})
	f.suite.Reply("OrchestratorService/GetRun", &orchestratorv1.GetRunResponse{Run: rolledBack()})

	_, revisions, _ := f.get(t, "/datasets/streamflow/revisions")
	code, page, _ := f.get(t, "/runs/run_3")

	require.Contains(t, revisions, "rollback of 2 to 1: &lt;i&gt;worse&lt;/i&gt;")
	require.Equal(t, http.StatusOK, code)
	for _, want := range []string{
		"to revision 1 of labels_snapshots: &lt;i&gt;worse&lt;/i&gt;", "History was rolled back alone", `<th scope="row">restore</th>`, "<dd>rollback</dd>",
		"3 (1 again)", "Changed in history",
	} {
		require.Contains(t, page, want)
	}
	require.NotContains(t, page, "<dt>Source</dt>")
}

// A retention says what it does, and why: it reads no files.
func TestARetentionIsShownAsOne(t *testing.T) {
	t.Parallel()
	for reason, says := range map[string]string{"": "what the history is not to keep<", "<i>two</i> years": "what the history is not to keep: &lt;i&gt;two&lt;/i&gt; years<"} {
		f := setup(t)
		f.suite.Reply("OrchestratorService/GetRun", &orchestratorv1.GetRunResponse{Run: &orchestratorv1.Run{
			Id: "run_3", Dataset: "streamflow", AsOf: jan, Mode: orchestratorv1.RunMode_RUN_MODE_RETENTION, State: orchestratorv1.RunState_RUN_STATE_SUCCEEDED,
			SupersedeReason: reason,
		}})

		code, page, _ := f.get(t, "/runs/run_3")

		require.Equal(t, http.StatusOK, code)
		wellFormed(t, page)
		require.Contains(t, page, says)
		require.NotContains(t, page, "<dt>Source</dt>")
	}
}

// A run that makes a date again says why, and which run goes on with the next one.
func TestARestampIsShownAsOne(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.suite.Reply("OrchestratorService/GetRun", &orchestratorv1.GetRunResponse{Run: &orchestratorv1.Run{
		Id: "run_3", Dataset: "streamflow", AsOf: jan, State: orchestratorv1.RunState_RUN_STATE_SUCCEEDED, Restamp: true, Supersede: true,
		SupersedeReason: "<i>December</i> was wrong", Next: "run_4",
	}})

	code, page, _ := f.get(t, "/runs/run_3")

	require.Equal(t, http.StatusOK, code)
	wellFormed(t, page)
	require.Contains(t, page, `from what was delivered before: &lt;i&gt;December&lt;/i&gt; was wrong; <a href="/runs/run_4">run_4</a> goes on with the next date`)
	require.NotContains(t, page, "<dt>Source</dt>")
	require.NotContains(t, page, "<dt>Supersedes</dt>")
}

package console

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// differs answers a comparison with messages, and then an error.
func (f fixture) differs(err error, messages ...*snapshotv1.DiffResponse) {
	f.suite.Register("streamflow")
	f.suite.OnStream("SnapshotService/Diff", func(_ context.Context, _ proto.Message, send func(proto.Message) error) error {
		for _, m := range messages {
			if err := send(m); err != nil {
				return err
			}
		}
		return err
	})
}

func headOf(snapshot string) *snapshotv1.DiffResponse {
	return &snapshotv1.DiffResponse{Message: &snapshotv1.DiffResponse_Head{Head: &snapshotv1.DiffHead{
		Snapshot: snapshot, From: &snapshotv1.Snapshot{Snapshot: snapshot, AsOf: jan, Revision: 1}, To: &snapshotv1.Snapshot{Snapshot: snapshot, AsOf: feb, Revision: 3},
	}}}
}

func countsOf(c *snapshotv1.DiffCounts) *snapshotv1.DiffResponse {
	return &snapshotv1.DiffResponse{Message: &snapshotv1.DiffResponse_Counts{Counts: c}}
}

func rowsOf(rows ...*snapshotv1.RowDifference) *snapshotv1.DiffResponse {
	return &snapshotv1.DiffResponse{Message: &snapshotv1.DiffResponse_Rows{Rows: &snapshotv1.DiffRows{Rows: rows}}}
}

func resultOf(r *snapshotv1.DiffResult) *snapshotv1.DiffResponse {
	return &snapshotv1.DiffResponse{Message: &snapshotv1.DiffResponse_Result{Result: r}}
}

// compared answers a comparison of two snapshots, one of which changed.
func (f fixture) compared() {
	f.differs(nil,
		headOf("labels_snapshots"), countsOf(&snapshotv1.DiffCounts{Snapshot: "labels_snapshots", Changed: 2652, Same: 4391, Columns: []*stepv1.ColumnCount{{Column: "churn_label", Updated: 2652}}}),
		rowsOf(
			&snapshotv1.RowDifference{Snapshot: "labels_snapshots", Key: []string{"0002-ORFBO", "<b>"}, Change: stepv1.RowChange_ROW_CHANGE_CHANGED, Values: []*snapshotv1.ValueDifference{
				{Column: "churn_label", From: proto.String("false"), To: proto.String("<i>true</i>")}, {Column: "note", To: proto.String("")},
			}},
			&snapshotv1.RowDifference{Snapshot: "labels_snapshots", Key: []string{"0003"}, Change: stepv1.RowChange_ROW_CHANGE_ADDED, Values: []*snapshotv1.ValueDifference{{Column: "churn_label", To: proto.String("t")}}},
		),
		headOf("users_snapshots"), countsOf(&snapshotv1.DiffCounts{Snapshot: "users_snapshots", Same: 7043}),
		resultOf(&snapshotv1.DiffResult{Snapshots: 2, Changed: 2652, NotCompared: []string{"words is <not> stamped as of 2024-01-31"}}))
}

func TestTwoDatesAreComparedOnAPage(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.compared()

	code, page, _ := f.get(t, "/datasets/streamflow/diff?from=2024-01-31&from_revision=1&to=2024-02-29")

	require.Equal(t, http.StatusOK, code, page)
	wellFormed(t, page)
	for _, want := range []string{
		"<h1>Changed from <code>2024-01-31/1 to 2024-02-29</code></h1>", `href="/datasets/streamflow/snapshots/2024-02-29"`, "2024-02-29, revision 3",
		`<td data-label="Changed" class="n">2,652</td>`, "churn_label 2,652", "First rows of labels_snapshots", "0002-ORFBO/&lt;b&gt;", "<code>&lt;i&gt;true&lt;/i&gt;</code>",
		`<td data-label="From">NULL</td>`, `<td data-label="To">&#34;&#34;</td>`, `<td data-label="How">added</td>`, "words is &lt;not&gt; stamped",
		`href="/v1/datasets/streamflow/snapshots:diff?from=2024-01-31&amp;from_revision=1&amp;to=2024-02-29"`,
	} {
		require.Contains(t, page, want)
	}
	require.NotContains(t, page, "First rows of users_snapshots", "of what is the same there is nothing to show")
	calls := f.suite.Calls()
	require.True(t, proto.Equal(&snapshotv1.DiffRequest{
		Dataset: "streamflow", From: jan, FromRevision: 1, To: feb, Limit: diffShown, Declaration: f.suite.Register("streamflow"), DatasetVersion: "3f2a",
	}, calls[len(calls)-1].Request))
}

func TestAComparisonThatCannotBeMadeIsAProblem(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		query, says string
		err         error
		status      int
	}{
		"no dates":                 {"", "from: missing", nil, http.StatusBadRequest},
		"one date":                 {"?from=2024-01-31", "to: missing", nil, http.StatusBadRequest},
		"no revision":              {"?from=2024-01-31&to=2024-01-31&to_revision=x", `to_revision: want the number of a revision, found &#34;x&#34;`, nil, http.StatusBadRequest},
		"a negative one":           {"?from=2024-01-31&from_revision=-1&to=2024-01-31", "from_revision", nil, http.StatusBadRequest},
		"nothing is stamped":       {"?from=2024-01-31&to=2024-02-29", "SNAPSHOT_NOT_FOUND", problem.New(problem.SnapshotNotFound, "nothing is stamped"), http.StatusNotFound},
		"it breaks off on the way": {"?from=2024-01-31&to=2024-02-29", "REVISION_CHANGED", problem.New(problem.RevisionChanged, "the rows are gone"), http.StatusConflict},
	} {
		f := setup(t)
		f.differs(c.err, headOf("labels_snapshots"))

		code, page, _ := f.get(t, "/datasets/streamflow/diff"+c.query)

		require.Equal(t, c.status, code, name)
		wellFormed(t, page)
		require.Contains(t, page, c.says, name)
	}
}

// Pages of history lead to what changed in it.
func TestWhatChangedIsALinkAway(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.suite.Reply("SnapshotService/ListRevisions", &snapshotv1.ListRevisionsResponse{Revisions: []*snapshotv1.Snapshot{
		{Dataset: "streamflow", Snapshot: "labels_snapshots", AsOf: jan, Revision: 3}, {Dataset: "streamflow", Snapshot: "users_snapshots", AsOf: jan, Revision: 1},
	}})
	f.suite.Reply("SnapshotService/GetSnapshot", &snapshotv1.GetSnapshotResponse{Snapshots: stampsOf(feb, 7043)})
	f.suite.Reply("SnapshotService/ListSnapshots", &snapshotv1.ListSnapshotsResponse{Snapshots: stampsOf(jan, 7043)})

	_, revisions, _ := f.get(t, "/datasets/streamflow/revisions")
	_, snapshots, _ := f.get(t, "/datasets/streamflow/snapshots/2024-02-29")

	require.Contains(t, revisions, `href="/datasets/streamflow/diff?from=2024-01-31&amp;from_revision=2&amp;snapshot=labels_snapshots&amp;to=2024-01-31&amp;to_revision=3">since 2</a>`)
	require.NotContains(t, revisions, "since 0")
	require.Contains(t, snapshots, `href="/datasets/streamflow/diff?from=2024-01-31&amp;to=2024-02-29">2024-01-31 → 2024-02-29</a>`)
}

// gaps has history lack a date for each reason that there is.
func (f fixture) gaps() {
	f.suite.Reply("SnapshotService/ListGaps", &snapshotv1.ListGapsResponse{NextPageToken: "more", Gaps: []*snapshotv1.Gap{
		{Dataset: "streamflow", AsOf: "2024-04-30", Why: snapshotv1.GapReason_GAP_REASON_LATE, All: true, Days: 1034},
		{
			Dataset: "streamflow", AsOf: "2024-03-31", Why: snapshotv1.GapReason_GAP_REASON_FAILED, All: true, Run: "run_3", Reason: "ROWS_REJECTED", Message: "3 rows of <b>users</b>",
		},
		{Dataset: "streamflow", AsOf: "2024-02-29", Why: snapshotv1.GapReason_GAP_REASON_UNDER_WAY, All: true, Run: "run_2"},
		{Dataset: "streamflow", AsOf: "2024-01-31", Why: snapshotv1.GapReason_GAP_REASON_NOT_STAMPED, Snapshots: []string{"a", "b"}},
	}})
}

// The page of the gaps names each date that history lacks, and why.
func TestTheGapsHaveAPage(t *testing.T) {
	t.Parallel()
	f := setup(t)
	d := declared(1)
	d.Dataset.Tables = []*datasetv1.Table{{Name: "users", Key: []string{"user_id"}, Columns: []*datasetv1.Column{{Name: "user_id", Type: "text"}}}}
	f.suite.Reply("OrchestratorService/GetDataset", &orchestratorv1.GetDatasetResponse{Version: d})
	f.suite.Reply("OrchestratorService/ListRuns", &orchestratorv1.ListRunsResponse{})
	f.gaps()

	code, page, _ := f.get(t, "/datasets/streamflow/gaps")

	require.Equal(t, http.StatusOK, code, page)
	wellFormed(t, page)
	for _, want := range []string{
		`class="state gap">late`, `<td data-label="Days since" class="n">1,034</td>`, `class="state bad">failed`, `href="/runs/run_3"`, "<code>ROWS_REJECTED</code>",
		"3 rows of &lt;b&gt;users&lt;/b&gt;", `class="state busy">under way`, `class="state gap">not stamped`, "a, b", "page_token=more",
	} {
		require.Contains(t, page, want)
	}
}

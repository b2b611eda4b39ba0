package rest_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/gateway/internal/backendtest"
)

// lines reads an answer of which each line is a JSON document.
func lines(t *testing.T, body string) (all []map[string]any) {
	t.Helper()
	for _, text := range strings.Split(strings.TrimSuffix(body, "\n"), "\n") {
		var one map[string]any
		require.NoError(t, json.Unmarshal([]byte(text), &one), text)
		all = append(all, one)
	}
	return all
}

// tells answers a stream with messages, and then an error.
func tells[M proto.Message](err error, messages ...M) backendtest.Stream {
	return func(_ context.Context, _ proto.Message, send func(proto.Message) error) error {
		for _, m := range messages {
			if err := send(m); err != nil {
				return err
			}
		}
		return err
	}
}

var (
	verifyProgress = &snapshotv1.VerifyResponse{Message: &snapshotv1.VerifyResponse_Progress{Progress: &stepv1.Progress{Phase: "hash"}}}
	verifyRevision = &snapshotv1.VerifyResponse{Message: &snapshotv1.VerifyResponse_Revision{Revision: &snapshotv1.VerifiedRevision{
		Snapshot: "users_snapshots", AsOf: "2024-01-31", Revision: 1, State: snapshotv1.RevisionState_REVISION_STATE_MISSING, Rows: 9007199254740993,
		Found: "its table is gone",
	}}}
	verifyResult = &snapshotv1.VerifyResponse{Message: &snapshotv1.VerifyResponse_Result{Result: &snapshotv1.VerifyResult{Revisions: 1, Wrong: 1}}}
)

func TestAVerificationIsALineForEachRevision(t *testing.T) {
	t.Parallel()
	suite, srv := setup(t)
	suite.OnStream("SnapshotService/Verify", tells(nil, verifyProgress, verifyRevision, verifyProgress, verifyResult))

	got := send(t, srv, http.MethodGet, "/v1/datasets/shop/snapshots:verify?superseded=true&as_of=2024-01-31&snapshot=users_snapshots", "")

	require.Equal(t, http.StatusOK, got.status, got.body)
	require.Equal(t, "application/x-ndjson", got.header.Get("Content-Type"))
	all := lines(t, got.body)
	require.Len(t, all, 2)
	revision, _ := all[0]["revision"].(map[string]any)
	require.Equal(t, "REVISION_STATE_MISSING", revision["state"])
	require.Equal(t, "9007199254740993", revision["rows"], "more than a number of JSON keeps is a text")
	require.Nil(t, revision["found_rows"])
	require.Contains(t, all[1], "result")
	calls := suite.Calls()
	require.True(t, proto.Equal(&snapshotv1.VerifyRequest{Dataset: "shop", AsOf: "2024-01-31", Snapshot: "users_snapshots", Superseded: true}, calls[0].Request))
	require.NotEmpty(t, calls[0].RequestID)
}

func TestWhatIsAskedWrongOfHistoryIsAProblem(t *testing.T) {
	t.Parallel()
	suite, srv := setup(t)
	suite.OnStream("SnapshotService/Verify", tells[*snapshotv1.VerifyResponse](problem.New(problem.SnapshotNotFound, "nothing is stamped of dataset shop")))

	require.EqualValues(t, "SNAPSHOT_NOT_FOUND", send(t, srv, http.MethodGet, "/v1/datasets/shop/snapshots:verify", "").problem(t).Reason)
	for query, says := range map[string]string{"all=true": "no parameter all", "superseded=perhaps": "want true or false"} {
		require.Contains(t, send(t, srv, http.MethodGet, "/v1/datasets/shop/snapshots:verify?"+query, "").problem(t).Detail, says)
	}
	require.Equal(t, http.StatusMethodNotAllowed, send(t, srv, http.MethodPost, "/v1/datasets/shop/snapshots:verify", "{}").status)
}

// Half of an answer must not look like a whole one.
func TestLinesThatBreakOffAreNoAnswer(t *testing.T) {
	t.Parallel()
	for name, broken := range map[string]backendtest.Stream{
		"with an error":    tells(problem.New(problem.DatabaseUnavailable, "the database went away"), verifyRevision),
		"without a result": tells(nil, verifyRevision),
	} {
		suite, srv := setup(t)
		suite.OnStream("SnapshotService/Verify", broken)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL+"/v1/datasets/shop/snapshots:verify", nil)
		require.NoError(t, err)
		resp, err := srv.Client().Do(req)
		if err == nil {
			_, err = io.ReadAll(resp.Body)
			_ = resp.Body.Close()
		}
		require.Error(t, err, name)
	}
	suite, srv := setup(t)
	suite.OnStream("SnapshotService/Verify", tells(nil, verifyProgress))
	require.EqualValues(t, "SERVICE_UNAVAILABLE", send(t, srv, http.MethodGet, "/v1/datasets/shop/snapshots:verify", "").problem(t).Reason)
}

// The gaps are of the calendar that is registered, and each says what became of its run.
func TestGapsAreListedWithWhy(t *testing.T) {
	t.Parallel()
	suite, srv := setup(t)
	suite.Reply("OrchestratorService/GetDataset", &orchestratorv1.GetDatasetResponse{Version: &orchestratorv1.DatasetVersion{Version: "v1", Dataset: &datasetv1.Dataset{
		Name: "d", Calendar: &datasetv1.Calendar{Period: datasetv1.Period_PERIOD_MONTH_END},
		Tables: []*datasetv1.Table{{Name: "t", Columns: []*datasetv1.Column{{Name: "id", Type: "text"}}, Key: []string{"id"}}},
	}}})
	suite.Reply("OrchestratorService/ListRuns", &orchestratorv1.ListRunsResponse{Runs: []*orchestratorv1.Run{{
		Id: "run_1", State: orchestratorv1.RunState_RUN_STATE_FAILED, Reason: "ROWS_REJECTED", Message: "3 rows",
	}}})
	suite.Reply("SnapshotService/ListGaps", &snapshotv1.ListGapsResponse{Gaps: []*snapshotv1.Gap{{
		Dataset: "d", AsOf: "2024-02-29", Why: snapshotv1.GapReason_GAP_REASON_LATE, Snapshots: []string{"s"}, All: true, Days: 3,
	}}})

	got := send(t, srv, http.MethodGet, "/v1/datasets/d/gaps?snapshot=s&from=2024-01-31&to=2024-02-29&page_size=7", "")

	require.Equal(t, http.StatusOK, got.status, got.body)
	var answer struct{ Gaps []map[string]any }
	require.NoError(t, json.Unmarshal([]byte(got.body), &answer))
	require.Equal(t, map[string]any{
		"dataset": "d", "as_of": "2024-02-29", "why": "GAP_REASON_FAILED", "snapshots": []any{"s"}, "all": true, "days": 3.0, "run": "run_1", "reason": "ROWS_REJECTED", "message": "3 rows",
	}, answer.Gaps[0])
	for _, c := range suite.Calls() {
		if req, ok := c.Request.(*snapshotv1.ListGapsRequest); ok {
			require.Equal(t, "t", req.GetDeclaration().GetTables()[0].GetName())
			req.Declaration = nil
			require.True(t, proto.Equal(&snapshotv1.ListGapsRequest{Dataset: "d", Snapshot: "s", From: "2024-01-31", To: "2024-02-29", PageSize: 7, DatasetVersion: "v1"}, req), req)
		}
	}
	for _, filledIn := range []string{"dataset_version=v2", "declaration.name=d"} {
		require.Equal(t, http.StatusBadRequest, send(t, srv, http.MethodGet, "/v1/datasets/d/gaps?"+filledIn, "").status, "the gateway fills it in")
	}
}

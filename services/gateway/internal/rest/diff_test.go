package rest_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/problem"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/gateway/internal/backendtest"
)

const diffPath = "/v1/datasets/shop/snapshots:diff?from=2024-01-31&to=2024-02-29"

var (
	diffHead = &snapshotv1.DiffResponse{Message: &snapshotv1.DiffResponse_Head{Head: &snapshotv1.DiffHead{Snapshot: "users", Key: []string{"id"}, Columns: []string{"fee"}}}}
	diffRows = &snapshotv1.DiffResponse{Message: &snapshotv1.DiffResponse_Rows{Rows: &snapshotv1.DiffRows{Rows: []*snapshotv1.RowDifference{
		{Snapshot: "users", Key: []string{"u1"}, Change: stepv1.RowChange_ROW_CHANGE_CHANGED, Values: []*snapshotv1.ValueDifference{
			{Column: "fee", From: proto.String("run `sfctl run list` --as-of"), To: nil},
		}},
		{Snapshot: "users", Key: []string{"u2"}, Change: stepv1.RowChange_ROW_CHANGE_REMOVED},
	}}}}
	diffCounts = &snapshotv1.DiffResponse{Message: &snapshotv1.DiffResponse_Counts{Counts: &snapshotv1.DiffCounts{Snapshot: "users", Removed: 1, Changed: 1}}}
	diffResult = &snapshotv1.DiffResponse{Message: &snapshotv1.DiffResponse_Result{Result: &snapshotv1.DiffResult{Snapshots: 1, Removed: 1, Changed: 1}}}
)

func TestADifferenceIsALineForEachRow(t *testing.T) {
	t.Parallel()
	suite, srv := setup(t)
	declared := suite.Register("shop")
	suite.OnStream("SnapshotService/Diff", tells(nil, diffHead, diffRows, diffCounts, diffResult))

	got := send(t, srv, http.MethodGet, diffPath+"&from_revision=1&to_revision=2&snapshot=users&limit=7&counts_only=false", "")

	require.Equal(t, http.StatusOK, got.status, got.body)
	require.Equal(t, "application/x-ndjson", got.header.Get("Content-Type"))
	all := lines(t, got.body)
	require.Len(t, all, 5)
	row, _ := all[1]["row"].(map[string]any)
	require.Equal(t, []any{"u1"}, row["key"])
	require.Equal(t, "ROW_CHANGE_CHANGED", row["change"])
	values, _ := row["values"].([]any)
	require.Equal(t, map[string]any{"column": "fee", "from": "run `sfctl run list` --as-of"}, values[0], "a value is not advice, and NULL is not there")
	require.Contains(t, all[2], "row")
	require.Contains(t, all[3], "counts")
	require.Contains(t, all[4], "result")
	require.True(t, proto.Equal(&snapshotv1.DiffRequest{
		Dataset: "shop", From: "2024-01-31", To: "2024-02-29", FromRevision: 1, ToRevision: 2, Snapshot: "users", Limit: 7,
		Declaration: declared, DatasetVersion: "3f2a",
	}, asked(t, suite, "SnapshotService/Diff")))
}

// asked is what a service was called with first.
func asked(t *testing.T, suite *backendtest.Suite, method string) proto.Message {
	t.Helper()
	for _, c := range suite.Calls() {
		if c.Method == method {
			return c.Request
		}
	}
	require.Fail(t, "nobody called "+method)
	return nil
}

func TestADifferenceAsCSV(t *testing.T) {
	t.Parallel()
	suite, srv := setup(t)
	suite.Register("shop")
	suite.OnStream("SnapshotService/Diff", tells(nil, diffHead, diffRows, diffCounts, diffResult))

	for accept, want := range map[string]string{
		"text/csv": "text/csv; charset=utf-8; header=present", "application/json;q=0.5, text/csv": "text/csv; charset=utf-8; header=present",
		"*/*": "application/x-ndjson", "text/csv;q=0": "application/x-ndjson", "application/x-ndjson": "application/x-ndjson",
	} {
		got := send(t, srv, http.MethodGet, diffPath, "", "Accept", accept)
		require.Equal(t, want, got.header.Get("Content-Type"), accept)
		if accept == "text/csv" {
			require.Equal(t, "snapshot,change,key,column,from,to\nusers,changed,u1,fee,run `sfctl run list` --as-of,\nusers,removed,u2,,,\n", got.body)
		}
	}
	suite.OnStream("SnapshotService/Diff", tells(nil, diffHead, diffCounts, diffResult))
	require.Equal(t, "snapshot,change,key,column,from,to\n", send(t, srv, http.MethodGet, diffPath, "", "Accept", "text/csv").body, "no rows are a header")
}

func TestADifferenceThatCannotBeToldIsAProblem(t *testing.T) {
	t.Parallel()
	suite, srv := setup(t)
	suite.Register("shop")
	suite.OnStream("SnapshotService/Diff", tells[*snapshotv1.DiffResponse](problem.New(problem.SnapshotNotFound, "nothing is stamped")))
	for _, accept := range []string{"text/csv", "*/*"} {
		require.EqualValues(t, "SNAPSHOT_NOT_FOUND", send(t, srv, http.MethodGet, diffPath, "", "Accept", accept).problem(t).Reason)
	}
	wrong := send(t, srv, http.MethodGet, "/v1/datasets/shop/snapshots:diff?from=2024-01-31&to=2024-01-31&limit=all", "").problem(t)
	require.EqualValues(t, "INVALID_REQUEST", wrong.Reason)
	require.Contains(t, wrong.Detail, "limit")
	suite.OnStream("SnapshotService/Diff", tells(nil, diffHead))
	require.EqualValues(t, "SERVICE_UNAVAILABLE", send(t, srv, http.MethodGet, diffPath, "", "Accept", "text/csv").problem(t).Reason)
	suite.OnStream("SnapshotService/Diff", tells(nil, diffHead, diffRows))
	for _, accept := range []string{"text/csv", "*/*"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL+diffPath, nil)
		require.NoError(t, err)
		req.Header.Set("Accept", accept)
		resp, err := srv.Client().Do(req)
		if err == nil {
			_, err = io.ReadAll(resp.Body)
			_ = resp.Body.Close()
		}
		require.Error(t, err, "half of an answer must not look like a whole one")
	}
}

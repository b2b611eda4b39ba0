package rest_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
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

const csv = "id,as_of,age\na,2024-01-31,20\nb,2024-01-31,30\n"

// registered is the dataset that the registry holds.
func registered() *datasetv1.Dataset {
	return &datasetv1.Dataset{
		Name: "shop", Calendar: &datasetv1.Calendar{Period: datasetv1.Period_PERIOD_MONTH_END},
		Tables: []*datasetv1.Table{{Name: "users", Columns: []*datasetv1.Column{{Name: "id", Type: "text"}}, Key: []string{"id"}}},
	}
}

// training is a gateway in front of a snapshot service that has one training set.
func training(t *testing.T) (*backendtest.Suite, *httptest.Server) {
	t.Helper()
	suite, srv := setup(t)
	suite.Reply("OrchestratorService/GetDataset", &orchestratorv1.GetDatasetResponse{Version: &orchestratorv1.DatasetVersion{
		Version: "3f2a", Dataset: registered(),
	}})
	suite.OnStream("SnapshotService/BuildTrainingSet", func(_ context.Context, _ proto.Message, send func(proto.Message) error) error {
		if err := send(&snapshotv1.BuildTrainingSetResponse{Message: &snapshotv1.BuildTrainingSetResponse_Progress{Progress: &stepv1.Progress{Phase: "join"}}}); err != nil {
			return err
		}
		return send(&snapshotv1.BuildTrainingSetResponse{Message: &snapshotv1.BuildTrainingSetResponse_Result{Result: &snapshotv1.TrainingSet{Id: "trn_1", Rows: 2}}})
	})
	head := &snapshotv1.TrainingFileHead{TrainingSet: "trn_1", Etag: "e7a9", Rows: 2, Name: "leaving_trn_1.csv"}
	suite.OnStream("SnapshotService/ExportTrainingSet", func(_ context.Context, _ proto.Message, send func(proto.Message) error) error {
		if err := send(&snapshotv1.ExportTrainingSetResponse{Message: &snapshotv1.ExportTrainingSetResponse_Head{Head: head}}); err != nil {
			return err
		}
		for _, part := range []string{csv[:10], csv[10:11], csv[11:]} {
			if err := send(&snapshotv1.ExportTrainingSetResponse{Message: &snapshotv1.ExportTrainingSetResponse_Chunk{Chunk: []byte(part)}}); err != nil {
				return err
			}
		}
		return send(&snapshotv1.ExportTrainingSetResponse{Message: &snapshotv1.ExportTrainingSetResponse_Result{Result: &snapshotv1.TrainingFile{Bytes: int64(len(csv)), Rows: 2, Sha256: "5ha"}}})
	})
	return suite, srv
}

func TestABuiltTrainingSetIsAResource(t *testing.T) {
	t.Parallel()
	suite, srv := training(t)

	got := send(t, srv, http.MethodPost, "/v1/datasets/shop/training-sets",
		`{"training_set": "leaving", "as_of": {"dates": ["2024-01-31"]}, "horizon": 0, "waive": ["LABEL_NOT_LATER"], "requested_by": "ana",
		"entity_rows": {"csv": "id,event_timestamp\na,2024-01-31\n", "name": "asked.csv"}}`, "Idempotency-Key", "req_7")

	require.Equal(t, http.StatusCreated, got.status, got.body)
	require.Equal(t, "/v1/training-sets/trn_1", got.header.Get("Location"))
	var built map[string]any
	require.NoError(t, json.Unmarshal([]byte(got.body), &built))
	require.Equal(t, "trn_1", built["id"])
	calls := suite.Calls()
	req, _ := calls[len(calls)-1].Request.(*snapshotv1.BuildTrainingSetRequest)
	require.Equal(t, "shop", req.GetDataset())
	require.Equal(t, []string{"2024-01-31"}, req.GetAsOf().GetDates())
	require.NotNil(t, req.Horizon)
	require.Equal(t, "id,event_timestamp\na,2024-01-31\n", req.GetEntityRows().GetCsv())
	require.Equal(t, "req_7", req.GetRequestId())
	require.Equal(t, "3f2a", req.GetDatasetVersion())
	require.NotEmpty(t, calls[len(calls)-1].RequestID)
}

func TestARefusedTrainingSetIsAProblem(t *testing.T) {
	t.Parallel()
	suite, srv := training(t)
	suite.OnStream("SnapshotService/BuildTrainingSet", func(context.Context, proto.Message, func(proto.Message) error) error {
		return problem.New(problem.LabelNotLater, "training set leaving would leak").Violate("outcomes_s.left_us", "LABEL_NOT_LATER: both are of 2024-01-31")
	})

	got := send(t, srv, http.MethodPost, "/v1/datasets/shop/training-sets", `{"training_set": "leaving", "requested_by": "ana"}`)

	d := got.problem(t)
	require.Equal(t, http.StatusUnprocessableEntity, got.status)
	require.EqualValues(t, "LABEL_NOT_LATER", d.Reason)
	require.Contains(t, d.Action, "build it with `\"waive\": [\"LABEL_NOT_LATER\"]`")
	for body, says := range map[string]string{
		`{"training_sett": "x"}`: "training_sett",
		`{"dataset": "other"}`:   "in the path",
		`[]`:                     "no JSON object",
	} {
		require.Contains(t, send(t, srv, http.MethodPost, "/v1/datasets/shop/training-sets", body).problem(t).Detail, says)
	}
}

func TestTheFileOfATrainingSet(t *testing.T) {
	t.Parallel()
	_, srv := training(t)
	const path = "/v1/training-sets/trn_1/export"

	whole := send(t, srv, http.MethodGet, path, "")
	require.Equal(t, http.StatusOK, whole.status)
	require.Equal(t, csv, whole.body)
	require.Equal(t, `"e7a9"`, whole.header.Get("ETag"))
	require.Equal(t, "text/csv; charset=utf-8; header=present", whole.header.Get("Content-Type"))
	require.Equal(t, `attachment; filename=leaving_trn_1.csv`, whole.header.Get("Content-Disposition"))
	require.Equal(t, "bytes", whole.header.Get("Accept-Ranges"))

	for header, want := range map[string]struct {
		status int
		body   string
		says   string
	}{
		"bytes=0-":       {http.StatusPartialContent, csv, "bytes 0-44/45"},
		"bytes=0-0":      {http.StatusPartialContent, "i", "bytes 0-0/45"},
		"bytes=5-11":     {http.StatusPartialContent, csv[5:12], "bytes 5-11/45"},
		"bytes=10-10":    {http.StatusPartialContent, csv[10:11], "bytes 10-10/45"},
		"bytes=40-99":    {http.StatusPartialContent, csv[40:], "bytes 40-44/45"},
		"bytes=-7":       {http.StatusPartialContent, csv[38:], "bytes 38-44/45"},
		"bytes=-99":      {http.StatusPartialContent, csv, "bytes 0-44/45"},
		"bytes=44-":      {http.StatusPartialContent, "\n", "bytes 44-44/45"},
		"bytes=9-3":      {http.StatusOK, csv, ""},
		"bytes=0-1,3-4":  {http.StatusOK, csv, ""},
		"lines=1-2":      {http.StatusOK, csv, ""},
		"bytes=-":        {http.StatusOK, csv, ""},
		"bytes=0-000005": {http.StatusPartialContent, csv[:6], "bytes 0-5/45"},
	} {
		got := send(t, srv, http.MethodGet, path, "", "Range", header)
		require.Equal(t, want.status, got.status, header)
		require.Equal(t, want.body, got.body, header)
		require.Equal(t, want.says, got.header.Get("Content-Range"), header)
	}
	beyond := send(t, srv, http.MethodGet, path, "", "Range", "bytes=45-")
	require.Equal(t, http.StatusRequestedRangeNotSatisfiable, beyond.status)
	require.Equal(t, "bytes */45", beyond.header.Get("Content-Range"))
	require.Equal(t, csv, send(t, srv, http.MethodGet, path, "", "Range", "bytes=5-", "If-Range", `"other"`).body)
	require.Equal(t, csv[5:], send(t, srv, http.MethodGet, path, "", "Range", "bytes=5-", "If-Range", `"e7a9"`).body)

	for _, tag := range []string{`"e7a9"`, `"x", "e7a9"`, "*"} {
		same := send(t, srv, http.MethodGet, path, "", "If-None-Match", tag)
		require.Equal(t, http.StatusNotModified, same.status)
		require.Empty(t, same.body)
	}
}

// A client says which format it wants by the header that is made for it, or by a parameter
// where it cannot set one.
func TestTheFormatOfTheFileIsNegotiated(t *testing.T) {
	t.Parallel()
	suite, srv := training(t)
	const path = "/v1/training-sets/trn_1/export"
	suite.OnStream("SnapshotService/ExportTrainingSet", func(_ context.Context, req proto.Message, send func(proto.Message) error) error {
		asked, _ := req.(*snapshotv1.ExportTrainingSetRequest)
		head := &snapshotv1.TrainingFileHead{Etag: asked.GetFormat().String(), Format: asked.GetFormat(), Name: "x"}
		return errors.Join(send(&snapshotv1.ExportTrainingSetResponse{Message: &snapshotv1.ExportTrainingSetResponse_Head{Head: head}}),
			send(&snapshotv1.ExportTrainingSetResponse{Message: &snapshotv1.ExportTrainingSetResponse_Result{Result: &snapshotv1.TrainingFile{}}}))
	})
	const (
		parquet = "application/vnd.apache.parquet"
		arrow   = "application/vnd.apache.arrow.stream"
		text    = "text/csv; charset=utf-8; header=present"
	)
	for _, test := range []struct{ accept, query, media string }{
		{"", "", text},
		{"text/csv", "", text},
		{"*/*", "", text},
		{"application/json, text/*;q=0.5", "", text},
		{parquet, "", parquet},
		{arrow, "", arrow},
		{"APPLICATION/VND.APACHE.PARQUET", "", parquet},
		{"text/csv;q=0.5, " + parquet + ";q=0.9, " + arrow + ";q=0.8", "", parquet},
		{"*/*;q=0.1, " + arrow, "", arrow},
		{"text/csv;q=0, */*", "", parquet},
		{"application/*", "", parquet},
		{"application/json", "", ""},
		{"text/csv;q=0", "", ""},
		{"text/html, */*;q=0.8", "?format=parquet", parquet},
		{"application/json", "?format=TRAINING_FORMAT_ARROW", arrow},
		{"", "?format=2", parquet},
		{parquet, "?format=csv", text},
	} {
		headers := []string{}
		if test.accept != "" {
			headers = []string{"Accept", test.accept}
		}
		got := send(t, srv, http.MethodGet, path+test.query, "", headers...)
		if test.media == "" {
			require.Equal(t, http.StatusNotAcceptable, got.status, test)
			require.Contains(t, got.body, parquet, "what there is, is said")
			continue
		}
		require.Equal(t, http.StatusOK, got.status, got.body)
		require.Equal(t, test.media, got.header.Get("Content-Type"), test)
		require.Equal(t, "Accept", got.header.Get("Vary"))
		require.NotEmpty(t, got.header.Get("ETag"))
	}
	for _, none := range []string{"?format=orc", "?format=9"} {
		require.EqualValues(t, "INVALID_REQUEST", send(t, srv, http.MethodGet, path+none, "").problem(t).Reason)
	}
}

func TestTheHashFollowsTheFile(t *testing.T) {
	t.Parallel()
	_, srv := training(t)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL+"/v1/training-sets/trn_1/export", nil)
	require.NoError(t, err)
	resp, err := srv.Client().Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	_, err = io.ReadAll(resp.Body)
	require.NoError(t, err)

	require.Equal(t, "5ha", resp.Trailer.Get("X-Content-Sha256"))
}

// Half a file must not look like a whole one.
func TestAFileThatBreaksOffIsNone(t *testing.T) {
	t.Parallel()
	suite, srv := training(t)
	head := &snapshotv1.TrainingFileHead{Etag: "e7a9", Name: "x.csv"}
	after := 0
	suite.OnStream("SnapshotService/ExportTrainingSet", func(_ context.Context, _ proto.Message, send func(proto.Message) error) error {
		if err := send(&snapshotv1.ExportTrainingSetResponse{Message: &snapshotv1.ExportTrainingSetResponse_Head{Head: head}}); err != nil {
			return err
		}
		if after > 0 {
			if err := send(&snapshotv1.ExportTrainingSetResponse{Message: &snapshotv1.ExportTrainingSetResponse_Chunk{Chunk: []byte(strings.Repeat("a,b\n", after))}}); err != nil {
				return err
			}
		}
		return problem.New(problem.TrainingSetChanged, "outcomes_s as of 2024-02-29 is another one")
	})

	got := send(t, srv, http.MethodGet, "/v1/training-sets/trn_1/export", "")
	require.EqualValues(t, "TRAINING_SET_CHANGED", got.problem(t).Reason, "before the first byte there is still a problem to send")
	require.Empty(t, got.header.Get("ETag"))

	after = 5000
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL+"/v1/training-sets/trn_1/export", nil)
	require.NoError(t, err)
	resp, err := srv.Client().Do(req)
	if err == nil {
		_, err = io.ReadAll(resp.Body)
		_ = resp.Body.Close()
	}
	require.Error(t, err)
}

func TestAManifestIsRebuiltOverREST(t *testing.T) {
	t.Parallel()
	suite, srv := training(t)
	suite.OnStream("SnapshotService/RebuildTrainingSet", func(_ context.Context, req proto.Message, send func(proto.Message) error) error {
		asked, _ := req.(*snapshotv1.RebuildTrainingSetRequest)
		if asked.GetManifest() != "the manifest" {
			return problem.New(problem.TrainingManifestInvalid, "expected the manifest of a training set")
		}
		for _, m := range []*snapshotv1.RebuildTrainingSetResponse{
			{Message: &snapshotv1.RebuildTrainingSetResponse_Head{Head: &snapshotv1.TrainingFileHead{Etag: "e7a9", Name: "x.csv"}}},
			{Message: &snapshotv1.RebuildTrainingSetResponse_Chunk{Chunk: []byte(csv)}},
			{Message: &snapshotv1.RebuildTrainingSetResponse_Result{Result: &snapshotv1.TrainingFile{Sha256: "5ha"}}},
		} {
			if err := send(m); err != nil {
				return err
			}
		}
		return nil
	})

	require.Equal(t, csv, send(t, srv, http.MethodPost, "/v1/training-sets:rebuild", `{"manifest": "the manifest"}`).body)
	require.EqualValues(t, "TRAINING_MANIFEST_INVALID", send(t, srv, http.MethodPost, "/v1/training-sets:rebuild", `{"manifest": "x"}`).problem(t).Reason)
}

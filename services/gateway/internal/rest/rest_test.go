package rest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/telemetry"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/proto/gen/openapi"
	"github.com/streamflow/streamflow/services/gateway/internal/backendtest"
	"github.com/streamflow/streamflow/services/gateway/internal/contract"
	"github.com/streamflow/streamflow/services/gateway/internal/httpserver"
	"github.com/streamflow/streamflow/services/gateway/internal/problemjson"
	"github.com/streamflow/streamflow/services/gateway/internal/rest"
)

func setup(t *testing.T) (*backendtest.Suite, *httptest.Server) {
	t.Helper()
	return setupWithin(t, httpserver.BodyTimeout)
}

func setupWithin(t *testing.T, bodyTimeout time.Duration) (*backendtest.Suite, *httptest.Server) {
	t.Helper()
	suite := backendtest.New(t)
	rules, err := contract.Load(openapi.Document)
	require.NoError(t, err)
	h, err := rest.New(t.Context(), suite.Dial(t), rules)
	require.NoError(t, err)
	srv := httptest.NewServer(httpserver.Chain(h, telemetry.Discard(), bodyTimeout, nil))
	t.Cleanup(srv.Close)
	return suite, srv
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) problem(t *testing.T) problemjson.Document {
	t.Helper()
	require.Equal(t, problemjson.MediaType, a.header.Get("Content-Type"), a.body)
	var d problemjson.Document
	require.NoError(t, json.Unmarshal([]byte(a.body), &d))
	require.Equal(t, a.status, d.Status)
	require.Equal(t, a.header.Get("X-Request-Id"), d.RequestID)
	return d
}

func send(t *testing.T, srv *httptest.Server, method, path, body string, headers ...string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, srv.URL+path, strings.NewReader(body))
	require.NoError(t, err)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := srv.Client().Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	read, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return answer{resp.StatusCode, resp.Header, string(read)}
}

func TestEveryRouteCallsItsRPC(t *testing.T) {
	t.Parallel()
	suite, srv := setup(t)
	run := &orchestratorv1.Run{Id: "run_1"}
	for name, tc := range map[string]struct {
		method, path, body string
		rpc                string
		request, reply     proto.Message
		status             int
	}{
		"apply a dataset": {
			"POST", "/v1/datasets?requested_by=ada", `{"name": "d", "calendar": {"period": "PERIOD_MONTH_END"}}`,
			"OrchestratorService/ApplyDataset",
			&orchestratorv1.ApplyDatasetRequest{RequestedBy: "ada", Dataset: &datasetv1.Dataset{
				Name: "d", Calendar: &datasetv1.Calendar{Period: datasetv1.Period_PERIOD_MONTH_END},
				Tables: []*datasetv1.Table{{Name: "t", Columns: []*datasetv1.Column{{Name: "id", Type: "text"}}, Key: []string{"id"}}},
			}},
			&orchestratorv1.ApplyDatasetResponse{Unchanged: true}, 200,
		},
		"list datasets": {
			"GET", "/v1/datasets?page_size=2&page_token=x", "", "OrchestratorService/ListDatasets",
			&orchestratorv1.ListDatasetsRequest{PageSize: 2, PageToken: "x"}, &orchestratorv1.ListDatasetsResponse{}, 200,
		},
		"get a dataset": {
			"GET", "/v1/datasets/d?version=ab", "", "OrchestratorService/GetDataset",
			&orchestratorv1.GetDatasetRequest{Dataset: "d", Version: "ab"}, &orchestratorv1.GetDatasetResponse{}, 200,
		},
		"migrate a dataset": {
			"POST", "/v1/datasets/d:migrate", `{"look_only": true, "requested_by": "ada"}`, "OrchestratorService/MigrateDataset",
			&orchestratorv1.MigrateDatasetRequest{Dataset: "d", LookOnly: true, RequestedBy: "ada"}, &orchestratorv1.MigrateDatasetResponse{}, 200,
		},
		"migrate a dataset, and mean it": {
			"POST", "/v1/datasets/d:migrate", `{"confirm": true, "requested_by": "ada"}`, "OrchestratorService/MigrateDataset",
			&orchestratorv1.MigrateDatasetRequest{Dataset: "d", Confirm: true, RequestedBy: "ada"}, &orchestratorv1.MigrateDatasetResponse{}, 200,
		},
		"delete a dataset": {
			"DELETE", "/v1/datasets/d?keep_tables=true&requested_by=ada", "", "OrchestratorService/DeleteDataset",
			&orchestratorv1.DeleteDatasetRequest{Dataset: "d", KeepTables: true, RequestedBy: "ada"}, &orchestratorv1.DeleteDatasetResponse{}, 200,
		},
		"list the versions of a dataset": {
			"GET", "/v1/datasets/d/versions?page_size=2", "", "OrchestratorService/ListDatasetVersions",
			&orchestratorv1.ListDatasetVersionsRequest{Dataset: "d", PageSize: 2}, &orchestratorv1.ListDatasetVersionsResponse{}, 200,
		},
		"compare two versions": {
			"GET", "/v1/datasets/d/diff?from=ab&to=cd", "", "OrchestratorService/DiffDataset",
			&orchestratorv1.DiffDatasetRequest{Dataset: "d", From: "ab", To: "cd"}, &orchestratorv1.DiffDatasetResponse{}, 200,
		},
		"start a run": {
			"POST", "/v1/datasets/d/runs", `{"as_of": "2024-01-31", "source": "/data", "requested_by": "ada", "mode": "RUN_MODE_PLAN"}`,
			"OrchestratorService/StartRun",
			&orchestratorv1.StartRunRequest{
				Dataset: "d", AsOf: "2024-01-31", Source: "/data", RequestedBy: "ada", Mode: orchestratorv1.RunMode_RUN_MODE_PLAN,
			},
			&orchestratorv1.StartRunResponse{Run: run}, 202,
		},
		"list runs": {
			"GET", "/v1/runs?dataset=d&as_of=2024-01-31&states=RUN_STATE_FAILED&states=RUN_STATE_RUNNING", "", "OrchestratorService/ListRuns",
			&orchestratorv1.ListRunsRequest{Dataset: "d", AsOf: "2024-01-31", States: []orchestratorv1.RunState{
				orchestratorv1.RunState_RUN_STATE_FAILED, orchestratorv1.RunState_RUN_STATE_RUNNING,
			}}, &orchestratorv1.ListRunsResponse{Runs: []*orchestratorv1.Run{{}}}, 200,
		},
		"get a run": {
			"GET", "/v1/runs/run_1", "", "OrchestratorService/GetRun",
			&orchestratorv1.GetRunRequest{Run: "run_1"}, &orchestratorv1.GetRunResponse{Run: run}, 200,
		},
		"cancel a run": {
			"POST", "/v1/runs/run_1:cancel", `{"requested_by": "ada"}`, "OrchestratorService/CancelRun",
			&orchestratorv1.CancelRunRequest{Run: "run_1", RequestedBy: "ada"}, &orchestratorv1.CancelRunResponse{Run: run}, 200,
		},
		"get a batch": {
			"GET", "/v1/batches/bat_1", "", "IngestService/GetBatch",
			&ingestv1.GetBatchRequest{Batch: "bat_1"}, &ingestv1.GetBatchResponse{}, 200,
		},
		"list batches": {
			"GET", "/v1/datasets/d/batches?as_of=2024-01-31", "", "IngestService/ListBatches",
			&ingestv1.ListBatchesRequest{Dataset: "d", AsOf: "2024-01-31"}, &ingestv1.ListBatchesResponse{Batches: []*ingestv1.Batch{{}}}, 200,
		},
		"get a validation": {
			"GET", "/v1/validations/val_1", "", "QualityService/GetValidation",
			&qualityv1.GetValidationRequest{Validation: "val_1"}, &qualityv1.GetValidationResponse{}, 200,
		},
		"list validations": {
			"GET", "/v1/datasets/d/validations?batch=bat_1", "", "QualityService/ListValidations",
			&qualityv1.ListValidationsRequest{Dataset: "d", Batch: "bat_1"}, &qualityv1.ListValidationsResponse{Validations: []*qualityv1.Validation{{}}}, 200,
		},
		"list snapshots": {
			"GET", "/v1/datasets/d/snapshots?snapshot=s", "", "SnapshotService/ListSnapshots",
			&snapshotv1.ListSnapshotsRequest{Dataset: "d", Snapshot: "s"}, &snapshotv1.ListSnapshotsResponse{Snapshots: []*snapshotv1.Snapshot{{}}}, 200,
		},
		"list revisions": {
			"GET", "/v1/datasets/d/revisions?as_of=2024-01-31&snapshot=s", "", "SnapshotService/ListRevisions",
			&snapshotv1.ListRevisionsRequest{Dataset: "d", AsOf: "2024-01-31", Snapshot: "s"},
			&snapshotv1.ListRevisionsResponse{Revisions: []*snapshotv1.Snapshot{{}}}, 200,
		},
		"list restatements": {
			"GET", "/v1/datasets/d/restatements?page_size=7", "", "SnapshotService/ListRestatements",
			&snapshotv1.ListRestatementsRequest{Dataset: "d", PageSize: 7},
			&snapshotv1.ListRestatementsResponse{Restatements: []*snapshotv1.Restatement{{}}}, 200,
		},
		"get a snapshot": {
			"GET", "/v1/datasets/d/snapshots/2024-01-31", "", "SnapshotService/GetSnapshot",
			&snapshotv1.GetSnapshotRequest{Dataset: "d", AsOf: "2024-01-31"}, &snapshotv1.GetSnapshotResponse{}, 200,
		},
	} {
		t.Run(name, func(t *testing.T) {
			suite.Reply(tc.rpc, tc.reply)
			before := len(suite.Calls())
			body := tc.body
			if apply, ok := tc.request.(*orchestratorv1.ApplyDatasetRequest); ok {
				whole, err := protojson.Marshal(apply.GetDataset())
				require.NoError(t, err)
				body = string(whole)
			}

			got := send(t, srv, tc.method, tc.path, body, "X-Request-Id", "req_mine")

			require.Equal(t, tc.status, got.status, got.body)
			require.Equal(t, "application/json", got.header.Get("Content-Type"))
			require.Equal(t, "req_mine", got.header.Get("X-Request-Id"))
			calls := suite.Calls()[before:]
			require.Len(t, calls, 1)
			require.Equal(t, tc.rpc, calls[0].Method)
			require.Equal(t, "req_mine", calls[0].RequestID)
			require.True(t, proto.Equal(tc.request, calls[0].Request), "%v", calls[0].Request)
		})
	}
}

func TestJSONHasTheProtosNamesZeroesAndNumbers(t *testing.T) {
	t.Parallel()
	suite, srv := setup(t)
	suite.Reply("OrchestratorService/GetRun", &orchestratorv1.GetRunResponse{Run: backendtest.SucceededRun()})

	got := send(t, srv, "GET", "/v1/runs/run_1", "")

	var doc struct {
		Run map[string]any `json:"run"`
	}
	require.NoError(t, json.Unmarshal([]byte(got.body), &doc))
	require.Equal(t, "RUN_STATE_SUCCEEDED", doc.Run["state"])
	require.Equal(t, "2024-01-31", doc.Run["as_of"])
	require.InDelta(t, 3, doc.Run["last_event"], 0, "a number is one, as far as every reader keeps it")
	require.Equal(t, "2024-03-01T03:58:20Z", doc.Run["created_at"])
	require.Equal(t, false, doc.Run["unchanged"], "what is false says so")
	require.Equal(t, []any{}, doc.Run["findings"])
}

func TestAStartedRunSaysWhereItIs(t *testing.T) {
	t.Parallel()
	suite, srv := setup(t)
	suite.Reply("OrchestratorService/StartRun", &orchestratorv1.StartRunResponse{Run: &orchestratorv1.Run{Id: "run_7"}, AlreadyRunning: true})

	got := send(t, srv, "POST", "/v1/datasets/d/runs", `{"as_of": "2024-01-31", "source": "/data", "requested_by": "ada"}`)

	require.Equal(t, http.StatusAccepted, got.status)
	require.Equal(t, "/v1/runs/run_7", got.header.Get("Location"))
	require.Contains(t, got.body, "already_running")
}

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	suite, srv := setup(t)
	suite.Reply("OrchestratorService/StartRun", &orchestratorv1.StartRunResponse{})
	const rest = `"as_of": "2024-01-31", "source": "/data", "requested_by": "ada"`
	for name, tc := range map[string]struct {
		body, header string
		want         string // the request_id, or the start of what is refused
		status       int
	}{
		"the header is the request id": {`{` + rest + `}`, "key-1", "key-1", 202},
		"an empty field gives way":     {`{"request_id": "", ` + rest + `}`, "key-1", "key-1", 202},
		"both the same":                {`{"request_id": "key-1", ` + rest + `}`, "key-1", "key-1", 202},
		"both the same by JSON name":   {`{"requestId": "key-1", ` + rest + `}`, "key-1", "key-1", 202},
		"the field alone":              {`{"request_id": "key-2", ` + rest + `}`, "", "key-2", 202},
		"they differ":                  {`{"request_id": "key-2", ` + rest + `}`, "key-1", "", 400},
		"quotes in the header":         {`{` + rest + `}`, `a"b`, `a"b`, 202},
	} {
		t.Run(name, func(t *testing.T) {
			before := len(suite.Calls())
			got := send(t, srv, "POST", "/v1/datasets/d/runs", tc.body, "Idempotency-Key", tc.header)
			require.Equal(t, tc.status, got.status, got.body)
			if tc.status != http.StatusAccepted {
				require.Equal(t, "request_id", got.problem(t).Violations[0].Subject)
				require.Len(t, suite.Calls(), before)
				return
			}
			require.Equal(t, tc.want, suite.Calls()[before].Request.(*orchestratorv1.StartRunRequest).GetRequestId())
		})
	}
}

func TestAnErrorOfAServiceIsAProblem(t *testing.T) {
	t.Parallel()
	suite, srv := setup(t)
	suite.Fail("OrchestratorService/GetRun", backendtest.NoRun("run_x"))

	d := send(t, srv, "GET", "/v1/runs/run_x", "").problem(t)

	require.Equal(t, http.StatusNotFound, d.Status)
	require.Equal(t, problem.RunNotFound, d.Reason)
	require.Equal(t, "urn:streamflow:problem:RUN_NOT_FOUND", d.Type)
	require.Equal(t, "/v1/runs/run_x", d.Instance)
	require.Equal(t, map[string]string{"run": "run_x"}, d.Metadata)
}

func TestTheDeclaredRulesReachTheClientAsViolations(t *testing.T) {
	t.Parallel()
	suite, srv := setup(t)
	suite.Reply("OrchestratorService/StartRun", &orchestratorv1.StartRunResponse{})

	d := send(t, srv, "POST", "/v1/datasets/d/runs", `{"as_of": "January"}`).problem(t)

	require.Equal(t, http.StatusBadRequest, d.Status)
	var subjects []string
	for _, v := range d.Violations {
		subjects = append(subjects, v.Subject)
	}
	require.ElementsMatch(t, []string{"as_of", "source", "requested_by"}, subjects)
	require.Contains(t, d.Detail, "as_of: want YYYY-MM-DD, such as 2024-01-31")
	require.Contains(t, d.Detail, "source: missing")
	require.NotContains(t, d.Detail, "regex")
}

func TestEnumsAreTakenInBothSpellings(t *testing.T) {
	t.Parallel()
	suite, srv := setup(t)
	suite.Reply("OrchestratorService/StartRun", &orchestratorv1.StartRunResponse{Run: &orchestratorv1.Run{Id: "run_1"}})
	suite.Reply("OrchestratorService/ListRuns", &orchestratorv1.ListRunsResponse{})

	for _, mode := range []string{"plan", "RUN_MODE_PLAN", "Plan"} {
		got := send(t, srv, "POST", "/v1/datasets/d/runs", `{"as_of": "2024-01-31", "source": "/x", "requested_by": "me", "mode": "`+mode+`"}`)
		require.Equal(t, http.StatusAccepted, got.status, got.body)
	}
	require.Equal(t, http.StatusOK, send(t, srv, "GET", "/v1/runs?states=failed&states=RUN_STATE_QUEUED", "").status)

	calls := suite.Calls()
	for _, c := range calls[:3] {
		require.Equal(t, orchestratorv1.RunMode_RUN_MODE_PLAN, c.Request.(*orchestratorv1.StartRunRequest).GetMode())
	}
	require.Equal(t, []orchestratorv1.RunState{orchestratorv1.RunState_RUN_STATE_FAILED, orchestratorv1.RunState_RUN_STATE_QUEUED},
		calls[3].Request.(*orchestratorv1.ListRunsRequest).GetStates())
}

func TestADatasetIsTakenAsTheYAMLItIsWrittenIn(t *testing.T) {
	t.Parallel()
	suite, srv := setup(t)
	suite.Reply("OrchestratorService/ApplyDataset", &orchestratorv1.ApplyDatasetResponse{})
	const yaml = "name: shop\ncalendar: {period: month_end}\ntables:\n- name: users\n  columns:\n  - {name: id, type: text}\n  key: [id]\n"

	for _, media := range []string{"application/yaml", "application/x-yaml; charset=utf-8", "text/yaml"} {
		got := send(t, srv, "POST", "/v1/datasets?requested_by=me", yaml, "Content-Type", media)
		require.Equal(t, http.StatusOK, got.status, got.body)
	}
	sent := suite.Calls()[0].Request.(*orchestratorv1.ApplyDatasetRequest)
	require.Equal(t, "shop", sent.GetDataset().GetName())
	require.Equal(t, datasetv1.Period_PERIOD_MONTH_END, sent.GetDataset().GetCalendar().GetPeriod())
	require.Equal(t, []string{"id"}, sent.GetDataset().GetTables()[0].GetKey())

	wrong := send(t, srv, "POST", "/v1/datasets?requested_by=me", strings.Replace(yaml, "type: text", "type: txet", 1), "Content-Type", "application/yaml")
	d := wrong.problem(t)
	require.Equal(t, problem.DatasetInvalid, d.Reason)
	require.Equal(t, "body:6:22", d.Violations[0].Subject, "where it stands")
	require.Contains(t, d.Violations[0].Description, "txet")
}

func TestHEADIsServedWhereGETIs(t *testing.T) {
	t.Parallel()
	suite, srv := setup(t)
	suite.Reply("OrchestratorService/ListRuns", &orchestratorv1.ListRunsResponse{})

	got := send(t, srv, "HEAD", "/v1/runs", "")
	wrong := send(t, srv, "HEAD", "/v1/nothing", "")

	require.Equal(t, http.StatusOK, got.status)
	require.Equal(t, "application/json", got.header.Get("Content-Type"))
	require.Empty(t, got.body)
	require.Equal(t, http.StatusNotFound, wrong.status)
	require.Empty(t, wrong.body)
}

func TestAServiceThatIsAwayIsNamed(t *testing.T) {
	t.Parallel()
	suite, srv := setup(t)
	suite.Stop("ingest")
	got := send(t, srv, "GET", "/v1/batches/bat_1", "")
	require.Equal(t, http.StatusServiceUnavailable, got.status)
	require.Equal(t, "2", got.header.Get("Retry-After"))
	require.Contains(t, got.problem(t).Detail, "the ingest service cannot be reached at")
}

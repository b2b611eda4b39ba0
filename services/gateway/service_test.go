package gateway_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/streamflow/streamflow/platform/buildinfo"
	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/platform/door"
	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/telemetry"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/proto/gen/openapi"
	"github.com/streamflow/streamflow/services/gateway"
	"github.com/streamflow/streamflow/services/gateway/internal/backendtest"
	"github.com/streamflow/streamflow/services/gateway/internal/contract"
)

type running struct {
	suite *backendtest.Suite
	grpc  string
	http  string
	stop  func() error
}

// start runs a gateway as a daemon over services that a test answers for.
// It asks nobody for a token, unless a change says so.
func start(t *testing.T, change ...func(*gateway.Config)) running {
	t.Helper()
	return startBehind(t, door.Config{}, change...)
}

// startBehind runs one with certificates of its own.
func startBehind(t *testing.T, peers door.Config, change ...func(*gateway.Config)) running {
	t.Helper()
	suite := backendtest.New(t)
	grpcAddr, httpAddr := make(chan net.Addr, 1), make(chan net.Addr, 1)
	cfg := gateway.Config{
		HTTPListen: "127.0.0.1:0", HTTPListening: func(a net.Addr) { httpAddr <- a }, Auth: "none",
		IngestAddr: suite.Addresses.Ingest, QualityAddr: suite.Addresses.Quality,
		SnapshotAddr: suite.Addresses.Snapshot, OrchestratorAddr: suite.Addresses.Orchestrator,
	}
	for _, c := range change {
		c(&cfg)
	}
	spec := gateway.Daemon(cfg)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- daemon.Run(ctx, spec, daemon.Config{
			Listen: "127.0.0.1:0", Log: telemetry.Discard(), Listening: func(a net.Addr) { grpcAddr <- a }, Door: peers,
		})
	}()
	var result error
	stopped := false
	stop := func() error {
		if !stopped {
			stopped = true
			cancel()
			result = <-done
		}
		return result
	}
	t.Cleanup(func() { require.NoError(t, stop()) })
	return running{suite: suite, grpc: (<-grpcAddr).String(), http: "http://" + (<-httpAddr).String(), stop: stop}
}

func (r running) do(t *testing.T, method, path string, headers ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, r.http+path, nil)
	require.NoError(t, err)
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp, string(body)
}

func TestEveryPathOfTheDocumentIsServed(t *testing.T) {
	t.Parallel()
	r := start(t)
	rules, err := contract.Load(openapi.Document)
	require.NoError(t, err)
	fill := strings.NewReplacer("{dataset}", "d", "{run}", "run_1", "{batch}", "bat_1", "{validation}", "val_1", "{as_of}", "2024-01-31")
	for _, op := range rules.Operations() {
		resp, body := r.do(t, op.Method, fill.Replace(op.Path))
		require.Equal(t, "application/problem+json", resp.Header.Get("Content-Type"), "%s: the services have no answer", op.Path)
		require.NotContains(t, body, "PATH_NOT_FOUND", "%s %s is not served", op.Method, op.Path)
		require.Contains(t, []int{http.StatusInternalServerError, http.StatusBadRequest}, resp.StatusCode, body)
	}
}

func TestTheDocumentIsServedAndKept(t *testing.T) {
	t.Parallel()
	r := start(t)
	resp, body := r.do(t, http.MethodGet, "/openapi.json")
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Equal(t, "application/json", resp.Header.Get("Content-Type"))
	require.True(t, bytes.Equal(openapi.Document, []byte(body)))

	resp, body = r.do(t, http.MethodGet, "/openapi.json", "If-None-Match", resp.Header.Get("ETag"))
	require.Equal(t, http.StatusNotModified, resp.StatusCode)
	require.Empty(t, body)
}

func TestWhatIsNotUnderV1(t *testing.T) {
	t.Parallel()
	r := start(t)
	r.suite.Reply("OrchestratorService/ListDatasets", &orchestratorv1.ListDatasetsResponse{})
	r.suite.Reply("OrchestratorService/ListRuns", &orchestratorv1.ListRunsResponse{})
	for name, tc := range map[string]struct {
		method, path string
		status       int
		contentType  string
	}{
		"the page":              {"GET", "/", 200, "text/html; charset=utf-8"},
		"the page's head":       {"HEAD", "/", 200, "text/html; charset=utf-8"},
		"a slash too many":      {"GET", "/datasets/", 200, "text/html; charset=utf-8"},
		"a slash after nothing": {"GET", "/nothing/", 404, "application/problem+json"},
		"alive":                 {"GET", "/livez", 200, "text/plain; charset=utf-8"},
		"ready":                 {"GET", "/readyz", 200, "text/plain; charset=utf-8"},
		"no such path":          {"GET", "/nothing", 404, "application/problem+json"},
		"no such path under v1": {"GET", "/v1/nothing", 404, "application/problem+json"},
		"another method":        {"POST", "/livez", 405, "application/problem+json"},
		"another method on /":   {"DELETE", "/", 405, "application/problem+json"},
		"events by POST":        {"POST", "/v1/runs/run_1/events", 405, "application/problem+json"},
	} {
		resp, body := r.do(t, tc.method, tc.path)
		require.Equal(t, tc.status, resp.StatusCode, "%s: %s", name, body)
		require.Equal(t, tc.contentType, resp.Header.Get("Content-Type"), name)
		require.NotEmpty(t, resp.Header.Get("X-Request-Id"), name)
		require.Equal(t, "nosniff", resp.Header.Get("X-Content-Type-Options"), name)
		if tc.status == http.StatusMethodNotAllowed {
			require.Contains(t, resp.Header.Get("Allow"), "GET", name)
		}
	}
}

func TestABrowserGetsAPageWhereThereIsNothing(t *testing.T) {
	t.Parallel()
	r := start(t)
	const page, document = "text/html; charset=utf-8", "application/problem+json"
	for accept, want := range map[string]string{
		"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": page,
		"text/html":                         page,
		"application/json":                  document,
		"*/*":                               document,
		"":                                  document,
		"text/html;q=0, */*":                document,
		"application/json, text/html;q=0.5": page,
	} {
		resp, body := r.do(t, http.MethodGet, "/foo", "Accept", accept)
		require.Equal(t, http.StatusNotFound, resp.StatusCode, accept)
		require.Equal(t, want, resp.Header.Get("Content-Type"), accept)
		require.Contains(t, body, "PATH_NOT_FOUND", accept)
		require.Contains(t, body, "there is nothing at /foo", accept)
	}
	resp, body := r.do(t, http.MethodGet, "/%3Cscript%3Ealert(1)%3C/script%3E", "Accept", "text/html")
	require.Equal(t, http.StatusNotFound, resp.StatusCode)
	require.NotContains(t, body, "<script>")
	require.Contains(t, body, `<a href="/runs">Runs</a>`, "in the manner of the other pages")
	resp, _ = r.do(t, http.MethodPost, "/foo", "Accept", "text/html")
	require.Equal(t, document, resp.Header.Get("Content-Type"), "nothing is read by POST")
	resp, _ = r.do(t, http.MethodGet, "/v1/foo", "Accept", "text/html")
	require.Equal(t, document, resp.Header.Get("Content-Type"), "REST answers as REST does")
}

// Who rolls a version out asks health which one answers by now; the words that probes and
// scripts compare stay as they are.
func TestHealthNamesTheVersionThatAnswers(t *testing.T) {
	t.Parallel()
	r := start(t)
	for path, body := range map[string]string{"/livez": "live\n", "/readyz": "ready\n"} {
		for method, want := range map[string]string{http.MethodGet: body, http.MethodHead: ""} {
			resp, got := r.do(t, method, path)
			require.Equal(t, http.StatusOK, resp.StatusCode, path)
			require.Equal(t, want, got, path)
			require.Equal(t, []string{buildinfo.Read().String()}, resp.Header.Values(buildinfo.Header), path)
		}
	}
}

func TestItIsReadyOnlyWithItsServices(t *testing.T) {
	t.Parallel()
	r := start(t)
	r.suite.SetReady("snapshot", false)
	resp, body := r.do(t, http.MethodGet, "/readyz")
	require.Equal(t, http.StatusServiceUnavailable, resp.StatusCode)
	require.Contains(t, body, "not ready: snapshot")
	require.Equal(t, buildinfo.Read().String(), resp.Header.Get(buildinfo.Header), "one that is not ready is one that is looked at")
	resp, _ = r.do(t, http.MethodGet, "/livez")
	require.Equal(t, http.StatusOK, resp.StatusCode)
}

func TestTheGRPCPort(t *testing.T) {
	t.Parallel()
	r := start(t)
	r.suite.Reply("OrchestratorService/GetRun", &orchestratorv1.GetRunResponse{Run: backendtest.SucceededRun()})
	conn, err := grpcserver.Dial(r.grpc)
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()

	require.Eventually(t, func() bool {
		health, err := healthv1.NewHealthClient(conn).Check(t.Context(), &healthv1.HealthCheckRequest{})
		return err == nil && health.GetStatus() == healthv1.HealthCheckResponse_SERVING
	}, 10*time.Second, 10*time.Millisecond, "it is ready once all services are, as over HTTP")

	got, err := orchestratorv1.NewOrchestratorServiceClient(conn).GetRun(t.Context(), &orchestratorv1.GetRunRequest{Run: "run_1"})
	require.NoError(t, err)
	require.Equal(t, "run_1", got.GetRun().GetId())

	_, err = ingestv1.NewIngestServiceClient(conn).Discard(t.Context(), &ingestv1.DiscardRequest{
		Context: &stepv1.StepContext{Run: "run_1"}, Batch: "bat_1",
	})
	require.True(t, problem.Is(err, problem.NotExposed))
	require.Len(t, r.suite.Calls(), 1, "it did not reach ingest")
}

func TestAStopEndsTheStreamsAndIsClean(t *testing.T) {
	t.Parallel()
	r := start(t)
	run := backendtest.SucceededRun()
	run.State = orchestratorv1.RunState_RUN_STATE_RUNNING
	r.suite.Reply("OrchestratorService/GetRun", &orchestratorv1.GetRunResponse{Run: run})
	r.suite.OnWatch(backendtest.Stored(backendtest.Events("run_1", 2, false)))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.http+"/v1/runs/run_1/events", nil)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()

	var body strings.Builder
	for part := make([]byte, 512); !strings.Contains(body.String(), "id: 2\n"); {
		n, err := resp.Body.Read(part)
		require.NoError(t, err)
		body.Write(part[:n])
	}

	require.NoError(t, r.stop())

	_, err = io.Copy(&body, resp.Body)
	require.NoError(t, err, "the stream ended, and was not cut off")
	require.NotContains(t, body.String(), "event: end", "the run has not ended")
}

func TestSettings(t *testing.T) {
	t.Parallel()
	var help bytes.Buffer
	code := daemon.Command(t.Context(), gateway.Daemon(gateway.Config{IngestAddr: "ingest:1"}), []string{"serve", "-h"},
		func(name string) (string, bool) {
			return map[string]string{"SF_QUALITY_ADDR": "quality:2"}[name], name == "SF_QUALITY_ADDR"
		}, &help)
	require.Equal(t, 0, code)
	for _, want := range []string{
		`(default "127.0.0.1:7100")`, "-http-listen", "SF_HTTP_LISTEN", `(default "127.0.0.1:8080")`, `(default "ingest:1")`,
		"SF_SNAPSHOT_ADDR", `(default "127.0.0.1:7103")`, "SF_ORCHESTRATOR_ADDR", `(default "127.0.0.1:7104")`,
	} {
		require.Contains(t, help.String(), want)
	}
	require.NotContains(t, help.String(), "database-url", "it has no database")
}

func TestAnHTTPAddressThatIsTakenStopsTheGateway(t *testing.T) {
	t.Parallel()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = lis.Close() }()
	err = daemon.Run(t.Context(), gateway.Daemon(gateway.Config{HTTPListen: lis.Addr().String()}),
		daemon.Config{Listen: "127.0.0.1:0", Log: telemetry.Discard()})
	require.ErrorContains(t, err, "gateway: http: listen on "+lis.Addr().String())
}

func TestAnAddressThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	_, err := gateway.New(gateway.Config{QualityAddr: "dns://%%"}, daemon.Deps{Log: telemetry.Discard()})
	require.ErrorContains(t, err, "connect to the services: quality")
}

func TestTheDocumentIsOpenAPI3(t *testing.T) {
	t.Parallel()
	var doc struct {
		OpenAPI string `json:"openapi"`
		Info    struct{ Title, Version string }
	}
	require.NoError(t, json.Unmarshal(openapi.Document, &doc))
	require.Regexp(t, `^3\.`, doc.OpenAPI)
	require.Equal(t, "StreamFlow", doc.Info.Title)
	require.Equal(t, "v1", doc.Info.Version)
}

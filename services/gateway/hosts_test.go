package gateway_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/platform/telemetry"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/gateway"
)

// A page of evil.example has its name lead to this machine once it is loaded. For the
// browser, what it then asks is same-origin.
func TestAPageOfAnotherNameIsNotAnswered(t *testing.T) {
	t.Parallel()
	r := start(t)
	r.suite.Reply("OrchestratorService/ListRuns", &orchestratorv1.ListRunsResponse{})
	r.suite.Reply("OrchestratorService/ListDatasets", &orchestratorv1.ListDatasetsResponse{})
	ask := func(method, host, path string) int {
		req, err := http.NewRequestWithContext(t.Context(), method, r.http+path, strings.NewReader(""))
		require.NoError(t, err)
		req.Host = host
		req.Header.Set("Origin", "http://"+host)
		req.Header.Set("Sec-Fetch-Site", "same-origin")
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		return resp.StatusCode
	}
	port := r.http[strings.LastIndex(r.http, ":"):]

	for _, path := range []string{"/", "/v1/runs", "/v1/datasets", "/openapi.json", "/v1/runs/run_1/events", "/nothing"} {
		require.Equal(t, http.StatusMisdirectedRequest, ask(http.MethodGet, "evil.example"+port, path), path)
	}
	require.Equal(t, http.StatusMisdirectedRequest, ask(http.MethodPost, "evil.example"+port, "/v1/datasets/streamflow/runs"))
	require.Empty(t, r.suite.Calls(), "nothing reached a service")
	require.Equal(t, http.StatusOK, ask(http.MethodGet, "evil.example"+port, "/livez"))
	require.Equal(t, http.StatusOK, ask(http.MethodGet, "localhost"+port, "/v1/runs"))
	require.Equal(t, http.StatusOK, ask(http.MethodGet, "127.0.0.1"+port, "/v1/runs"))
}

func TestAllowedHostsAreChecked(t *testing.T) {
	t.Parallel()
	_, err := gateway.New(gateway.Config{AllowedHosts: []string{"http://gateway"}}, daemon.Deps{Log: telemetry.Discard()})
	require.ErrorContains(t, err, `allowed host "http://gateway": expected a host's name`)
}

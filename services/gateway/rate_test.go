package gateway_test

import (
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/platform/door"
	"github.com/streamflow/streamflow/platform/identity"
	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/gateway"
)

// TestATokenIsAnsweredNoMoreOftenThanItMay over REST and gRPC together, and others go on.
func TestATokenIsAnsweredNoMoreOftenThanItMay(t *testing.T) {
	t.Parallel()
	const burst = 20
	g := guardedBy(t, func(c *gateway.Config) { c.Rate, c.RateBurst = 1, burst })
	g.suite.Reply("OrchestratorService/ListRuns", &orchestratorv1.ListRunsResponse{})
	ann, ben := g.role(identity.Reader), g.role(identity.Operator)
	get := func(token string) *http.Response {
		resp, _ := g.do(t, http.MethodGet, "/v1/runs", "Authorization", "Bearer "+token)
		return resp
	}
	client := orchestratorv1.NewOrchestratorServiceClient(g.dial(t, ann))
	list := func() error {
		_, err := client.ListRuns(t.Context(), &orchestratorv1.ListRunsRequest{})
		return err
	}
	limited := 0
	for range 5 * burst { // which take much less than as many seconds
		resp := get(ann)
		err := list()
		if resp.StatusCode != http.StatusTooManyRequests || err == nil {
			continue
		}
		limited++
		wait, bad := strconv.Atoi(resp.Header.Get("Retry-After"))
		require.NoError(t, bad)
		require.Equal(t, 1, wait)
		require.True(t, problem.Is(err, problem.RateLimited), "%v", err)
		require.Equal(t, codes.ResourceExhausted, status.Code(err))
		require.Equal(t, "1", problem.FromError(err).Metadata[problem.RetryAfter])
	}
	require.Positive(t, limited)
	require.Equal(t, http.StatusOK, get(ben).StatusCode, "nobody else waits for it")
	for _, path := range []string{"/livez", "/readyz", "/openapi.json"} {
		resp, _ := g.do(t, http.MethodGet, path, "Authorization", "Bearer "+ann)
		require.Equal(t, http.StatusOK, resp.StatusCode, "what is for all is not counted: %s", path)
	}
}

func TestARateThatCannotBe(t *testing.T) {
	t.Parallel()
	for _, cfg := range []gateway.Config{{Rate: -1}, {RateBurst: -1}} {
		_, err := gateway.New(cfg, daemon.Deps{Door: &door.Door{}})
		require.ErrorContains(t, err, "rate, rate-burst: expected 0 or more")
	}
}

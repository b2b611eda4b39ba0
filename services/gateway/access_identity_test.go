package gateway_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/bearer"
	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/identity"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/telemetry"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/gateway"
)

// Who asked is who the token belongs to, whatever a client says, and however it says it.
func TestNobodyCallsInAnothersName(t *testing.T) {
	t.Parallel()
	g := startGuarded(t)
	g.suite.Reply("OrchestratorService/StartRun", &orchestratorv1.StartRunResponse{})
	token := g.knows(&identity.Identity{Role: identity.Operator, All: true, Name: "eve"})
	forged, err := proto.Marshal((&identity.Identity{Role: identity.Admin, All: true, Name: "root", Token: "tok_root"}).Proto())
	require.NoError(t, err)
	ctx := metadata.AppendToOutgoingContext(t.Context(), identity.Key, string(forged), identity.Key, string(forged))
	client := orchestratorv1.NewOrchestratorServiceClient(g.dial(t, token))

	_, err = client.StartRun(ctx, &orchestratorv1.StartRunRequest{Dataset: "shop", AsOf: "2024-01-31", Source: "/data", RequestedBy: "root"})
	require.NoError(t, err)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, g.http+"/v1/datasets/shop/runs", strings.NewReader(`{"as_of":"2024-01-31","source":"/data","requested_by":"root"}`))
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	for _, prefix := range []string{"", "Grpc-Metadata-"} {
		req.Header.Set(prefix+identity.Key, "CgR0b2tfEgRyb290GAQgAQ==")
		req.Header.Set(prefix+"Requested-By", "root")
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusAccepted, resp.StatusCode)

	seen := 0
	for _, c := range g.suite.Calls() {
		if c.Method == "OrchestratorService/StartRun" {
			seen++
			require.Equal(t, "eve", c.Request.(*orchestratorv1.StartRunRequest).GetRequestedBy())
			require.Equal(t, &identity.Identity{Role: identity.Operator, All: true, Name: "eve", Token: "tok_eve"}, c.Caller)
		}
	}
	require.Equal(t, 2, seen)
}

func TestWhereNobodyIsAskedNobodyIsSaidToCall(t *testing.T) {
	t.Parallel()
	r := start(t)
	r.suite.Reply("OrchestratorService/CancelRun", &orchestratorv1.CancelRunResponse{})
	conn, err := grpcserver.Dial(r.grpc)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	ctx := metadata.AppendToOutgoingContext(t.Context(), identity.Key, "\x12\x04root")

	_, err = orchestratorv1.NewOrchestratorServiceClient(conn).CancelRun(ctx, &orchestratorv1.CancelRunRequest{Run: "run_1", RequestedBy: "ann"})

	require.NoError(t, err)
	require.Len(t, r.suite.Calls(), 1)
	require.Nil(t, r.suite.Calls()[0].Caller)
	require.Equal(t, "ann", r.suite.Calls()[0].Request.(*orchestratorv1.CancelRunRequest).GetRequestedBy(), "as it was said")
	_, body := r.do(t, http.MethodGet, "/", "Accept", "text/html")
	require.Contains(t, body, "Nobody is asked for a token here")
}

func TestTwoTokensAreNone(t *testing.T) {
	t.Parallel()
	g := startGuarded(t)
	token := g.role(identity.Reader)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, g.http+"/v1/runs", nil)
	require.NoError(t, err)
	req.Header.Add("Authorization", "Bearer "+token)
	req.Header.Add("Authorization", "Bearer "+bearer.New(bearer.Token))
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusUnauthorized, resp.StatusCode)
	require.Contains(t, string(body), "expected one header Authorization, found 2")

	ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+token)
	_, err = orchestratorv1.NewOrchestratorServiceClient(g.dial(t, token)).ListRuns(ctx, &orchestratorv1.ListRunsRequest{})
	require.True(t, problem.Is(err, problem.Unauthenticated), "%v", err)
	require.Empty(t, g.reached())
}

// A watch that was open when its token was revoked does not go on.
func TestAStreamEndsWithItsToken(t *testing.T) {
	t.Parallel()
	g := startGuarded(t)
	token := g.role(identity.Reader)
	g.suite.OnWatch(func(ctx context.Context, _ *orchestratorv1.WatchRunRequest, send func(*orchestratorv1.Event) error) error {
		for {
			if err := send(&orchestratorv1.Event{}); err != nil {
				return err
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(20 * time.Millisecond):
			}
		}
	})
	stream, err := orchestratorv1.NewOrchestratorServiceClient(g.dial(t, token)).WatchRun(t.Context(), &orchestratorv1.WatchRunRequest{Run: "run_1"})
	require.NoError(t, err)
	_, err = stream.Recv()
	require.NoError(t, err)

	g.mu.Lock()
	clear(g.people)
	g.mu.Unlock()
	for err == nil {
		_, err = stream.Recv()
	}

	require.True(t, problem.Is(err, problem.Unauthenticated), "%v", err)
}

func TestAModeThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	_, err := gateway.New(gateway.Config{Auth: "nobody"}, daemon.Deps{Log: telemetry.Discard()})
	require.ErrorContains(t, err, `auth: expected tokens or none, found "nobody"`)
}

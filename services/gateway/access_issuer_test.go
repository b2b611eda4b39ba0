package gateway_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/bearer"
	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/platform/identity"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/telemetry"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/gateway"
	"github.com/streamflow/streamflow/services/gateway/internal/issuertest"
)

// believing is a gateway that believes an issuer, and what its orchestrator grants.
type believing struct {
	*guarded
	issuer *issuertest.Issuer
	held   map[string][]identity.Grant // by subject
}

func startBelieving(t *testing.T) *believing {
	t.Helper()
	b := &believing{issuer: issuertest.New(t), held: map[string][]identity.Grant{}}
	path := writeIssuers(t, fmt.Sprintf("issuers: [{issuer: %q, audience: [streamflow], claims: {name: email}}]", b.issuer.URL))
	b.guarded = guardedBy(t, func(c *gateway.Config) { c.IssuersFile = path })
	b.suite.On("OrchestratorService/IdentifySubject", func(_ context.Context, req proto.Message) (proto.Message, error) {
		asked, _ := req.(*orchestratorv1.IdentifySubjectRequest)
		b.mu.Lock()
		defer b.mu.Unlock()
		who := &identity.Identity{Name: asked.GetName(), Issuer: asked.GetIssuer(), Subject: asked.GetSubject()}
		who.Hold(b.held[asked.GetSubject()])
		return &orchestratorv1.IdentifySubjectResponse{Identity: who.Proto()}, nil
	})
	return b
}

func writeIssuers(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "issuers.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// holds grants somebody something, and makes a token of theirs.
func (b *believing) holds(t *testing.T, subject string, grants ...identity.Grant) string {
	t.Helper()
	b.mu.Lock()
	b.held[subject] = grants
	b.mu.Unlock()
	return b.issuer.Token(t, subject, "streamflow", func(c map[string]any) { c["email"] = subject + "@example.com" })
}

func of(role identity.Role, datasets ...string) identity.Grant {
	return identity.Grant{Role: role, All: len(datasets) == 0, Datasets: datasets}
}

func TestWhoComesByAnIssuerDoesWhatIsGranted(t *testing.T) {
	t.Parallel()
	b := startBelieving(t)
	b.suite.Reply("OrchestratorService/StartRun", &orchestratorv1.StartRunResponse{})
	b.suite.Reply("OrchestratorService/GetDataset", &orchestratorv1.GetDatasetResponse{})
	client := orchestratorv1.NewOrchestratorServiceClient(b.dial(t, b.holds(t, "ann", of(identity.Reader), of(identity.Operator, "shop"))))
	start := func(dataset string) *orchestratorv1.StartRunRequest {
		return &orchestratorv1.StartRunRequest{Dataset: dataset, AsOf: "2024-01-31", Source: "/data", RequestedBy: "root"}
	}

	_, err := client.StartRun(t.Context(), start("shop"))
	require.NoError(t, err)
	last := b.suite.Calls()[len(b.suite.Calls())-1]
	require.Equal(t, "ann@example.com", last.Request.(*orchestratorv1.StartRunRequest).GetRequestedBy(), "whatever was said")
	require.Equal(t, "ann", last.Caller.Subject)
	require.Equal(t, b.issuer.URL, last.Caller.Issuer)
	require.Contains(t, fmt.Sprint(b.suite.Audit.Lines()), "by_issuer="+b.issuer.URL+" by_subject=ann", "by a name alone nobody is told from another")

	_, err = client.StartRun(t.Context(), start("bank"))
	require.True(t, problem.Is(err, problem.PermissionDenied), "%v", err)
	require.ErrorContains(t, err, `StartRun of dataset "bank" needs a grant of the role operator for it, and ann@example.com is granted reader of all datasets, operator of dataset shop`)
	accepting := start("shop")
	accepting.Supersede = true
	_, err = client.StartRun(t.Context(), accepting)
	require.ErrorContains(t, err, "a run that supersedes needs the role steward, and ann@example.com has the role operator")
	_, err = client.GetDataset(t.Context(), &orchestratorv1.GetDatasetRequest{Dataset: "bank"})
	require.NoError(t, err, "it is read all the same")
	_, err = client.GrantRole(t.Context(), &orchestratorv1.GrantRoleRequest{Role: 4, AllDatasets: true, Issuer: b.issuer.URL, Subject: "ann", RequestedBy: "ann"})
	require.True(t, problem.Is(err, problem.PermissionDenied), "%v", err)
}

// Admin of one dataset is admin of nothing else, and nobody who grants.
func TestAnAdminOfOneDatasetGrantsNothing(t *testing.T) {
	t.Parallel()
	b := startBelieving(t)
	client := orchestratorv1.NewOrchestratorServiceClient(b.dial(t, b.holds(t, "ann", of(identity.Admin, "shop"), of(identity.Reader))))
	for name, err := range map[string]error{
		"grant":  fails(client.GrantRole(t.Context(), &orchestratorv1.GrantRoleRequest{Role: 4, AllDatasets: true, Issuer: b.issuer.URL, Subject: "ann", RequestedBy: "ann"})),
		"token":  fails(client.CreateToken(t.Context(), &orchestratorv1.CreateTokenRequest{Name: "x", Role: 4, AllDatasets: true, RequestedBy: "ann"})),
		"delete": fails(client.DeleteDataset(t.Context(), &orchestratorv1.DeleteDatasetRequest{Dataset: "bank", RequestedBy: "ann"})),
	} {
		require.True(t, problem.Is(err, problem.PermissionDenied), "%s: %v", name, err)
		require.ErrorContains(t, err, "needs a grant of the role admin for", name)
	}
}

func fails[T any](_ T, err error) error { return err }

// Nobody is anybody by the issuer's word alone: they learn who they are, and nothing else.
func TestWhoIsGrantedNothingMayDoNothing(t *testing.T) {
	t.Parallel()
	b := startBelieving(t)
	b.suite.Reply("OrchestratorService/WhoAmI", &orchestratorv1.WhoAmIResponse{})
	client := orchestratorv1.NewOrchestratorServiceClient(b.dial(t, b.holds(t, "eve")))
	_, err := client.WhoAmI(t.Context(), &orchestratorv1.WhoAmIRequest{})
	require.NoError(t, err)
	_, err = client.ListDatasets(t.Context(), &orchestratorv1.ListDatasetsRequest{})
	require.True(t, problem.Is(err, problem.PermissionDenied), "%v", err)
	require.ErrorContains(t, err, "ListDatasets needs the role reader, and eve@example.com is granted none")
	require.Equal(t, []string{"OrchestratorService/IdentifySubject", "OrchestratorService/WhoAmI"}, b.reached())

	resp, body := b.do(t, http.MethodGet, "/v1/datasets", "Authorization", "Bearer "+b.holds(t, "eve"))
	require.Equal(t, http.StatusForbidden, resp.StatusCode)
	var said struct {
		Reason   string            `json:"reason"`
		Metadata map[string]string `json:"metadata"`
	}
	require.NoError(t, json.Unmarshal([]byte(body), &said), body)
	require.Equal(t, "PERMISSION_DENIED", said.Reason)
}

// A grant that is revoked ends what goes on, and one that is less ends what is no longer
// covered; what still is goes on.
func TestAWatchEndsWithItsGrant(t *testing.T) {
	t.Parallel()
	b := startBelieving(t)
	b.suite.Reply("OrchestratorService/GetRun", &orchestratorv1.GetRunResponse{Run: &orchestratorv1.Run{Id: "run_1", Dataset: "shop"}})
	b.suite.OnWatch(func(ctx context.Context, _ *orchestratorv1.WatchRunRequest, send func(*orchestratorv1.Event) error) error {
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
	client := orchestratorv1.NewOrchestratorServiceClient(b.dial(t, b.holds(t, "ann", of(identity.Steward, "shop"))))
	stream, err := client.WatchRun(t.Context(), &orchestratorv1.WatchRunRequest{Run: "run_1"})
	require.NoError(t, err)
	asked := func() (n int) {
		for _, c := range b.suite.Calls() {
			if c.Method == "OrchestratorService/IdentifySubject" {
				n++
			}
		}
		return n
	}
	next := func(until func() bool) {
		for err == nil && !until() {
			_, err = stream.Recv()
		}
	}
	b.holds(t, "ann", of(identity.Reader, "shop"))
	next(func() bool { return asked() > 2 })
	require.NoError(t, err, "to read is enough")

	b.holds(t, "ann", of(identity.Admin, "bank"))
	next(func() bool { return false })

	require.True(t, problem.Is(err, problem.RunNotFound), "it is as if there were none: %v", err)
}

func TestATokenOfAnIssuerThatIsNoneIsRefusedEverywhere(t *testing.T) {
	t.Parallel()
	b := startBelieving(t)
	other := issuertest.New(t)
	long := func(bytes int) string {
		return b.issuer.Token(t, "ann", "streamflow", func(c map[string]any) { c["filler"] = strings.Repeat("x", bytes) })
	}
	for name, tc := range map[string]struct{ token, says string }{
		"of nobody":       {other.Token(t, "ann", "streamflow"), "none of those that are believed here"},
		"for others":      {b.issuer.Token(t, "ann", "other"), "is for"},
		"ended":           {b.issuer.Token(t, "ann", "streamflow", func(c map[string]any) { c["exp"] = 1 }), "the token ended at"},
		"of 20 KB":        {long(15 << 10), "expected a token of at most 16384 bytes"},
		"not of its form": {"eyJ.a.b c", "copied whole"},
	} {
		resp, body := b.do(t, http.MethodGet, "/v1/runs", "Authorization", "Bearer "+tc.token)
		require.Equal(t, http.StatusUnauthorized, resp.StatusCode, "%s: %s", name, body)
		require.Contains(t, body, tc.says, name)
		require.Contains(t, resp.Header.Get("WWW-Authenticate"), "invalid_token")
		_, err := orchestratorv1.NewOrchestratorServiceClient(b.dial(t, tc.token)).ListRuns(t.Context(), &orchestratorv1.ListRunsRequest{})
		require.True(t, problem.Is(err, problem.Unauthenticated), "%s: %v", name, err)
		resp, _ = b.do(t, http.MethodGet, "/", "Cookie", "sf_session="+tc.token)
		require.Equal(t, http.StatusUnauthorized, resp.StatusCode, "%s is no session", name)
	}
	huge := long(100 << 10)
	resp, _ := b.do(t, http.MethodGet, "/v1/runs", "Authorization", "Bearer "+huge)
	require.Equal(t, http.StatusRequestHeaderFieldsTooLarge, resp.StatusCode)
	_, err := orchestratorv1.NewOrchestratorServiceClient(b.dial(t, huge)).ListRuns(t.Context(), &orchestratorv1.ListRunsRequest{})
	require.Error(t, err)
	require.Empty(t, b.reached())
}

func TestAnIssuerThatCannotBeAskedIsNobodysFault(t *testing.T) {
	t.Parallel()
	b := startBelieving(t)
	b.suite.Reply("OrchestratorService/ListRuns", &orchestratorv1.ListRunsResponse{})
	gone := issuertest.New(t)
	path := writeIssuers(t, fmt.Sprintf("issuers: [{issuer: %q, audience: [streamflow]}]", gone.URL))
	token := gone.Token(t, "ann", "streamflow")
	gone.Close()
	g := guardedBy(t, func(c *gateway.Config) { c.IssuersFile = path })
	g.suite.Reply("OrchestratorService/ListRuns", &orchestratorv1.ListRunsResponse{})

	resp, body := g.do(t, http.MethodGet, "/v1/runs", "Authorization", "Bearer "+token)
	require.Equal(t, http.StatusServiceUnavailable, resp.StatusCode)
	require.Contains(t, body, "ISSUER_UNAVAILABLE")
	require.NotContains(t, body, "refused", "what is wrong inside is for the log")
	resp, body = g.do(t, http.MethodGet, "/v1/runs", "Authorization", "Bearer "+g.role(identity.Reader))
	require.Equal(t, http.StatusOK, resp.StatusCode, "tokens of the suite are good: %s", body)
}

func TestWithoutIssuersNoneIsBelieved(t *testing.T) {
	t.Parallel()
	g := startGuarded(t)
	resp, body := g.do(t, http.MethodGet, "/v1/runs", "Authorization", "Bearer "+issuertest.New(t).Token(t, "ann", "streamflow"))
	require.Equal(t, http.StatusUnauthorized, resp.StatusCode)
	require.Contains(t, body, "none is believed here")
	require.False(t, bearer.IsJWT(bearer.New(bearer.Token)))
}

func TestAFileOfIssuersThatIsNoneStartsNothing(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		cfg  gateway.Config
		says string
	}{
		"no file":        {gateway.Config{IssuersFile: "/none/issuers.yaml", Auth: "tokens"}, "issuers-file: open /none/issuers.yaml"},
		"no issuers":     {gateway.Config{IssuersFile: writeIssuers(t, ""), Auth: "tokens"}, "expected issuers, found none"},
		"nobody's asked": {gateway.Config{IssuersFile: writeIssuers(t, "issuers: [{issuer: https://a.example, audience: [x]}]"), Auth: "none"}, "nobody is asked who they are"},
	} {
		_, err := gateway.New(tc.cfg, daemon.Deps{Log: telemetry.Discard()})
		require.ErrorContains(t, err, tc.says, name)
	}
}

package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/streamflow/streamflow/clients/sfctl/devsuite"
	"github.com/streamflow/streamflow/platform/bearer"
	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/test/issuer"
)

// eventually is how long a test waits for what takes seconds, and often how often it looks.
const eventually, often = 2 * time.Minute, 200 * time.Millisecond

// believing starts a suite that believes an issuer.
func believing(t *testing.T, i *issuer.Issuer, more string) *suite {
	t.Helper()
	path := filepath.Join(t.TempDir(), "issuers.yaml")
	require.NoError(t, os.WriteFile(path, fmt.Appendf(nil, "issuers: [{issuer: %q, audience: [%s, %s]%s}]", i.URL, issuer.Native, issuer.Device, more), 0o600))
	return startAs(t, newDatabase(t), func(cfg *devsuite.Config) { cfg.IssuersFile = path })
}

// by connects with a token.
func (s *suite) by(t *testing.T, token string) *grpc.ClientConn {
	t.Helper()
	conn, err := grpcserver.Dial(s.GRPCAddr(), bearer.Call(token))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// Somebody comes by an issuer of their company: they are nobody until a role is granted to
// them, do what it is for in their own name, and nothing any more when it is taken back.
func TestSomebodyOfAnIssuerIsWhatIsGranted(t *testing.T) {
	t.Parallel()
	i := issuer.Start(t)
	s := believing(t, i, "")
	token := i.Token(t)
	theirs := orchestratorv1.NewOrchestratorServiceClient(s.by(t, token))

	me, err := theirs.WhoAmI(t.Context(), &orchestratorv1.WhoAmIRequest{})
	require.NoError(t, err)
	require.Equal(t, i.URL, me.GetIdentity().GetIssuer())
	require.Equal(t, issuer.User, me.GetIdentity().GetSubject())
	_, err = theirs.ListRuns(t.Context(), &orchestratorv1.ListRunsRequest{})
	require.True(t, problem.Is(err, problem.PermissionDenied), "%v", err)

	granted, err := s.orchestrator.GrantRole(t.Context(), &orchestratorv1.GrantRoleRequest{
		Role: orchestratorv1.Role_ROLE_OPERATOR, Datasets: []string{"streamflow"}, Issuer: i.URL, Subject: issuer.User, RequestedBy: "x",
	})
	require.NoError(t, err)
	require.Equal(t, "e2e", granted.GetGrant().GetCreatedBy())
	started := startedBy(t, theirs)
	require.Equal(t, me.GetIdentity().GetName(), started.GetRequestedBy())
	_, err = theirs.GrantRole(t.Context(), &orchestratorv1.GrantRoleRequest{
		Role: orchestratorv1.Role_ROLE_ADMIN, AllDatasets: true, Issuer: i.URL, Subject: issuer.User, RequestedBy: "x",
	})
	require.True(t, problem.Is(err, problem.PermissionDenied), "%v", err)

	// Over REST too.
	require.Equal(t, http.StatusOK, s.status(t, "/v1/whoami", token))
	require.Equal(t, http.StatusUnauthorized, s.status(t, "/v1/whoami", token[:len(token)-4]+"AAAA"))
	parts := strings.Split(token, ".")
	require.Equal(t, http.StatusUnauthorized, s.status(t, "/v1/whoami", "eyJhbGciOiJub25lIn0."+parts[1]+"."))

	_, err = s.orchestrator.RevokeRole(t.Context(), &orchestratorv1.RevokeRoleRequest{Grant: granted.GetGrant().GetId(), RequestedBy: "x"})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		_, err := theirs.ListRuns(t.Context(), &orchestratorv1.ListRunsRequest{})
		return problem.Is(err, problem.PermissionDenied)
	}, eventually, often)
}

// startedBy waits until somebody may start a run, since what they may is known for seconds,
// and returns it.
func startedBy(t *testing.T, client orchestratorv1.OrchestratorServiceClient) (run *orchestratorv1.Run) {
	t.Helper()
	require.Eventually(t, func() bool {
		resp, err := client.StartRun(t.Context(), &orchestratorv1.StartRunRequest{
			Dataset: "streamflow", AsOf: "2024-01-31", Source: "/nowhere", RequestedBy: "root", Mode: orchestratorv1.RunMode_RUN_MODE_PLAN,
		})
		run = resp.GetRun()
		return err == nil
	}, eventually, often)
	return run
}

// status is what a path answers to a token.
func (s *suite) status(t *testing.T, path, token string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.HTTPAddr()+path, nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp.StatusCode
}

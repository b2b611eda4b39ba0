package gateway_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/streamflow/streamflow/platform/bearer"
	"github.com/streamflow/streamflow/platform/identity"
	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/proto/gen/openapi"
	"github.com/streamflow/streamflow/services/gateway/internal/contract"
)

// Nobody gets anything without a token, whatever they call: not even a word on what is wrong
// with the request.
func TestNoRPCAnswersWithoutAToken(t *testing.T) {
	t.Parallel()
	g := startGuarded(t)
	strangers := map[string]*grpc.ClientConn{
		"none":        g.dial(t, ""),
		"unknown":     g.dial(t, bearer.New(bearer.Token)),
		"a session":   g.dial(t, bearer.New(bearer.Session)),
		"not a token": g.dial(t, "sf_guess"),
	}
	exposed := 0
	eachRPC(t, func(name string, m protoreflect.MethodDescriptor) {
		for who, conn := range strangers {
			err := call(t.Context(), t, conn, m)
			if problem.Is(err, problem.NotExposed) {
				continue
			}
			exposed++
			require.True(t, problem.Is(err, problem.Unauthenticated), "%s with %s: %v", name, who, err)
		}
	})
	require.Greater(t, exposed, 4*35)
	t.Logf("attacks: %d", exposed)
	require.Empty(t, g.reached())
}

func TestNoPathAnswersWithoutAToken(t *testing.T) {
	t.Parallel()
	g, tried := startGuarded(t), 0
	for _, at := range everyPath(t) {
		for name, headers := range map[string][]string{
			"none":           nil,
			"unknown":        {"Authorization", "Bearer " + bearer.New(bearer.Token)},
			"basic":          {"Authorization", "Basic YWRtaW46YWRtaW4="},
			"a cookie":       {"Cookie", "sf_session=" + bearer.New(bearer.Session)},
			"a token inside": {"Cookie", "sf_session=" + bearer.New(bearer.Token)},
			"an identity":    {"Grpc-Metadata-" + identity.Key, "x", identity.Key, "x"},
		} {
			resp, body := g.do(t, at.method, at.path, headers...)
			tried++
			require.Equal(t, http.StatusUnauthorized, resp.StatusCode, "%s %s with %s: %s", at.method, at.path, name, body)
			if at.method != http.MethodHead {
				require.Contains(t, body, "UNAUTHENTICATED")
			}
			require.True(t, strings.HasPrefix(resp.Header.Get("WWW-Authenticate"), `Bearer realm="streamflow"`))
		}
	}
	require.Empty(t, g.reached())
	t.Logf("attacks: %d", tried)
	for _, path := range []string{"/livez", "/readyz", "/openapi.json", "/console.css", "/favicon.svg"} {
		resp, _ := g.do(t, http.MethodGet, path)
		require.Equal(t, http.StatusOK, resp.StatusCode, path)
	}
}

type target struct{ method, path string }

// everyPath is every path of REST, of the pages and of what is not there.
func everyPath(t *testing.T) []target {
	t.Helper()
	all := []target{
		{"GET", "/"}, {"HEAD", "/"}, {"GET", "/runs"}, {"GET", "/runs/run_1"}, {"GET", "/datasets/d"}, {"GET", "/datasets/d/diff"},
		{"GET", "/training-sets/trn_1"}, {"GET", "/v1/runs/run_1/events"}, {"GET", "/nothing"}, {"GET", "/v1/nothing"}, {"POST", "/"}, {"DELETE", "/login/"},
		{"GET", "/v1/runs?token=" + bearer.New(bearer.Token)}, {"GET", "/v1/runs?access_token=" + bearer.New(bearer.Token)}, {"GET", "//v1/runs"}, {"GET", "/livez/../v1/runs"},
	}
	rules, err := contract.Load(openapi.Document)
	require.NoError(t, err)
	fill := strings.NewReplacer("{dataset}", "d", "{run}", "run_1", "{batch}", "bat_1", "{validation}", "val_1", "{as_of}", "2024-01-31", "{token}", "tok_1", "{grant}", "gra_1", "{training_set}", "trn_1")
	for _, op := range rules.Operations() {
		all = append(all, target{op.Method, fill.Replace(op.Path)})
	}
	return all
}

// least is what the decision says that somebody needs, told from outside: each role is
// tried in turn.
func TestEveryRPCNeedsItsRoleAndNoMore(t *testing.T) {
	t.Parallel()
	g := startGuarded(t)
	conns := map[identity.Role]*grpc.ClientConn{}
	for _, r := range identity.Roles() {
		conns[r] = g.dial(t, g.role(r))
	}
	want := map[identity.Role][]string{
		identity.Admin:    {"ApplyDataset", "DeleteDataset", "MigrateDataset", "CreateToken", "ListTokens", "RevokeToken", "GrantRole", "RevokeRole", "ListGrants", "ListAudit", "ExportAudit"},
		identity.Steward:  {"Restore", "Pin", "Unpin", "ForgetTrainingSet", "UnmaskRun", "UnmaskValidation", "ReadmitKeys"},
		identity.Operator: {"StartRun", "CancelRun", "BuildTrainingSet"},
	}
	needed := map[string]identity.Role{}
	for role, rpcs := range want {
		for _, rpc := range rpcs {
			needed[rpc] = role
		}
	}
	tried := 0
	eachRPC(t, func(name string, m protoreflect.MethodDescriptor) {
		if problem.Is(call(t.Context(), t, conns[identity.Admin], m), problem.NotExposed) {
			return
		}
		need, listed := needed[string(m.Name())]
		if !listed {
			need = identity.Reader
		}
		for role, conn := range conns {
			err := call(t.Context(), t, conn, m, filled)
			tried++
			if role.Covers(need) {
				require.False(t, problem.Is(err, problem.PermissionDenied), "%s with %s: %v", name, role, err)
				continue
			}
			require.True(t, problem.Is(err, problem.PermissionDenied), "%s with %s: %v", name, role, err)
			require.ErrorContains(t, err, "needs the role "+string(need)+", and "+string(role)+" has the role "+string(role))
		}
	})
	require.Greater(t, tried, 4*35)
	t.Logf("attacks: %d", tried)
}

// filled puts into a request what its rules ask for of most of them.
func filled(m *dynamicpb.Message) {
	for name, text := range map[protoreflect.Name]string{
		"dataset": "shop", "as_of": "2024-01-31", "source": "/data", "requested_by": "eve", "run": "run_1", "batch": "bat_1",
		"validation": "val_1", "training_set": "trn_1", "token": "tok_1234", "reason": "r", "schema": "s", "from": "2024-01-31", "to": "2024-02-29",
		"name": "n", "manifest": "{}", "into": "other", "grant": "gra_1", "issuer": "https://login.example", "subject": "ann",
	} {
		fd := m.Descriptor().Fields().ByName(name)
		if fd != nil && fd.Kind() == protoreflect.StringKind && !fd.IsList() {
			m.Set(fd, protoreflect.ValueOfString(text))
		}
	}
	if fd := m.Descriptor().Fields().ByName("keys"); fd != nil && fd.IsList() {
		key := m.Mutable(fd).List().AppendMutable().Message()
		key.Mutable(key.Descriptor().Fields().ByName("values")).List().Append(protoreflect.ValueOfString("u"))
	}
	if name := m.Descriptor().Name(); name == "CreateTokenRequest" || name == "GrantRoleRequest" {
		m.Set(m.Descriptor().Fields().ByName("role"), protoreflect.ValueOfEnum(1))
		m.Set(m.Descriptor().Fields().ByName("all_datasets"), protoreflect.ValueOfBool(true))
	}
}

func TestWhatARunAsksForNeedsMore(t *testing.T) {
	t.Parallel()
	g := startGuarded(t)
	g.suite.Reply("OrchestratorService/StartRun", &orchestratorv1.StartRunResponse{})
	operator := orchestratorv1.NewOrchestratorServiceClient(g.dial(t, g.role(identity.Operator)))
	steward := orchestratorv1.NewOrchestratorServiceClient(g.dial(t, g.role(identity.Steward)))
	for name, tc := range map[string]struct {
		change func(*orchestratorv1.StartRunRequest)
		says   string
	}{
		"a run":     {func(*orchestratorv1.StartRunRequest) {}, ""},
		"a restage": {func(r *orchestratorv1.StartRunRequest) { r.Restage = true }, ""},
		"a plan":    {func(r *orchestratorv1.StartRunRequest) { r.Mode = orchestratorv1.RunMode_RUN_MODE_PLAN }, ""},
		"a plan of more": {func(r *orchestratorv1.StartRunRequest) {
			r.Mode, r.Supersede = orchestratorv1.RunMode_RUN_MODE_PLAN, true
		}, ""},
		"accepting": {func(r *orchestratorv1.StartRunRequest) {
			r.Accept = []*orchestratorv1.AcceptedFinding{{Reason: "STALE_EXTRACT"}}
		}, "a run that accepts findings"},
		"accepting all": {func(r *orchestratorv1.StartRunRequest) { r.AcceptFrom = "run_1" }, "a run that accepts findings"},
		"superseding":   {func(r *orchestratorv1.StartRunRequest) { r.Supersede = true }, "a run that supersedes"},
		"restamping":    {func(r *orchestratorv1.StartRunRequest) { r.Restamp = true }, "a run that restamps"},
		"rolling back":  {func(r *orchestratorv1.StartRunRequest) { r.Mode = orchestratorv1.RunMode_RUN_MODE_ROLLBACK }, "a rollback"},
		"dropping":      {func(r *orchestratorv1.StartRunRequest) { r.Mode = orchestratorv1.RunMode_RUN_MODE_RETENTION }, "a run that drops history"},
		"erasing":       {func(r *orchestratorv1.StartRunRequest) { r.Mode = orchestratorv1.RunMode_RUN_MODE_ERASE }, "a run that erases keys"},
	} {
		req := &orchestratorv1.StartRunRequest{Dataset: "shop", AsOf: "2024-01-31", Source: "/data", RequestedBy: "eve"}
		tc.change(req)
		_, err := steward.StartRun(t.Context(), req)
		require.NoError(t, err, name)
		_, err = operator.StartRun(t.Context(), req)
		if tc.says == "" {
			require.NoError(t, err, name)
			continue
		}
		require.True(t, problem.Is(err, problem.PermissionDenied), "%s: %v", name, err)
		require.ErrorContains(t, err, tc.says+" needs the role steward, and operator has the role operator", name)
	}
	training := snapshotv1.NewSnapshotServiceClient(g.dial(t, g.role(identity.Operator)))
	stream, err := training.BuildTrainingSet(t.Context(), &snapshotv1.BuildTrainingSetRequest{Dataset: "shop", TrainingSet: "churn", RequestedBy: "eve", Waive: []string{"LABEL_NOT_LATER"}})
	require.NoError(t, err)
	_, err = stream.Recv()
	require.ErrorContains(t, err, "a training set that waives guards needs the role steward")
}

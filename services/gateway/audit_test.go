package gateway_test

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/streamflow/streamflow/platform/audit"
	"github.com/streamflow/streamflow/platform/bearer"
	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/identity"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/telemetry"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/services/gateway"
)

// lines are those of the audit log without the first of the chain, from a number on.
func (r running) lines(from int) []*orchestratorv1.AuditLine {
	all := r.suite.Audit.Lines()
	return all[min(len(all), max(1, from)):]
}

// kinds are what lines tell, as words.
func kinds(lines []*orchestratorv1.AuditLine) string {
	var all []string
	for _, l := range lines {
		all = append(all, strings.TrimRight(audit.Kind(l.GetKind())+" "+l.GetReason(), " "))
	}
	return strings.Join(all, ", ")
}

// recorded is every RPC that stands in the log, written out: one more is a decision that
// shows in this file.
var recordedRPCs = map[string]bool{
	"OrchestratorService/ApplyDataset": true, "OrchestratorService/DeleteDataset": true, "OrchestratorService/MigrateDataset": true,
	"OrchestratorService/StartRun": true, "OrchestratorService/CancelRun": true, "OrchestratorService/CreateToken": true, "OrchestratorService/RevokeToken": true,
	"OrchestratorService/GrantRole": true, "OrchestratorService/RevokeRole": true,
	"OrchestratorService/UnmaskRun": true, "QualityService/UnmaskValidation": true,
	"IngestService/ReadmitKeys": true, "OrchestratorService/CreateLogin": true, "OrchestratorService/ExportAudit": true,
	"SnapshotService/Restore": true, "SnapshotService/Pin": true, "SnapshotService/Unpin": true, "SnapshotService/BuildTrainingSet": true,
	"SnapshotService/ForgetTrainingSet": true, "SnapshotService/ExportTrainingSet": true, "SnapshotService/RebuildTrainingSet": true,
}

func TestEveryChangeLeavesExactlyItsLines(t *testing.T) {
	t.Parallel()
	g := startGuarded(t)
	conn := g.dial(t, g.role(identity.Admin))
	done := 0
	eachRPC(t, func(name string, m protoreflect.MethodDescriptor) {
		if g.services(m) {
			return
		}
		before := len(g.suite.Audit.Lines())
		err := call(metadata.AppendToOutgoingContext(t.Context(), grpcserver.RequestIDKey, "req_mine"), t, conn, m, filled)
		got := g.lines(before)
		switch {
		case problem.Is(err, problem.NotExposed):
			require.Equal(t, "REFUSAL NOT_EXPOSED", kinds(got), name)
			return
		case !recordedRPCs[name]:
			require.Empty(t, got, "%s reads", name)
			return
		case problem.Is(err, problem.InvalidRequest):
			require.Equal(t, "REFUSAL INVALID_REQUEST", kinds(got), name)
		default:
			require.Equal(t, "INTENT, OUTCOME INTERNAL", kinds(got), "%s: %v", name, err)
			require.Equal(t, got[0].GetNumber(), got[1].GetIntent())
			require.Equal(t, orchestratorv1.AuditOutcome_AUDIT_OUTCOME_UNKNOWN, got[1].GetOutcome())
			done++
		}
		for _, l := range got {
			require.Equal(t, "admin tok_admin admin "+name+" req_mine", strings.Join([]string{l.GetWho(), l.GetToken(), l.GetRole(), l.GetWhat(), l.GetRequestId()}, " "))
			require.Regexp(t, `^127\.0\.0\.1:\d+$`, l.GetFrom())
		}
	})
	require.Greater(t, done, 12)
}

// services says whether an RPC is answered by nobody that the test gives an answer for.
func (g *guarded) services(m protoreflect.MethodDescriptor) bool {
	return strings.HasPrefix(string(m.Name()), "WatchRun")
}

func TestEveryChangeOverRESTLeavesExactlyItsLines(t *testing.T) {
	t.Parallel()
	g := startGuarded(t)
	token := g.role(identity.Admin)
	done := 0
	for _, at := range everyPath(t)[16:] {
		before := len(g.suite.Audit.Lines())
		resp, body := g.do(t, at.method, at.path, "Authorization", "Bearer "+token, "Content-Type", "application/json", "X-Request-Id", "req_mine")
		got := g.lines(before)
		if len(got) == 0 {
			require.True(t, at.method == http.MethodGet || strings.HasSuffix(at.path, ":verify"), "%s changes: %d %s", at.path, resp.StatusCode, body)
			continue
		}
		require.True(t, recordedRPCs[got[0].GetWhat()], "%s %s: %s", at.method, at.path, got[0].GetWhat())
		require.Contains(t, []string{"REFUSAL INVALID_REQUEST", "INTENT, OUTCOME INTERNAL", "INTENT, OUTCOME INVALID_REQUEST", "REFUSAL MEDIA_TYPE_NOT_SUPPORTED"}, kinds(got), at.path)
		for _, l := range got {
			require.Equal(t, "admin tok_admin req_mine", l.GetWho()+" "+l.GetToken()+" "+l.GetRequestId())
			require.Regexp(t, `^127\.0\.0\.1:\d+$`, l.GetFrom())
		}
		done++
	}
	require.GreaterOrEqual(t, done, len(recordedRPCs)-1)
}

func TestWhatWasAskedAndWhatCameOfIt(t *testing.T) {
	t.Parallel()
	g := startGuarded(t)
	g.suite.Reply("OrchestratorService/StartRun", &orchestratorv1.StartRunResponse{Run: &orchestratorv1.Run{Id: "run_7"}})
	client := orchestratorv1.NewOrchestratorServiceClient(g.dial(t, g.role(identity.Steward)))
	_, err := client.StartRun(t.Context(), &orchestratorv1.StartRunRequest{
		Dataset: "shop", AsOf: "2024-01-31", Source: "/data", Mode: orchestratorv1.RunMode_RUN_MODE_FULL, RequestedBy: "root", Supersede: true, Reason: "Smith called",
	})
	require.NoError(t, err)
	got := g.lines(1)
	require.Equal(t, "INTENT, OUTCOME", kinds(got))
	require.Equal(t, "steward", got[0].GetWho(), "and not who they say")
	require.Equal(t, "shop", got[0].GetDataset())
	require.Equal(t, "as_of=2024-01-31 source=/data mode=full supersede=true", got[0].GetFacts())
	require.Equal(t, "run_7", got[1].GetTarget())
	require.Equal(t, orchestratorv1.AuditOutcome_AUDIT_OUTCOME_DONE, got[1].GetOutcome())
}

func TestEveryRefusalIsRecorded(t *testing.T) {
	t.Parallel()
	g := startGuarded(t)
	reader := g.role(identity.Reader)
	last := func() *orchestratorv1.AuditLine { all := g.suite.Audit.Lines(); return all[len(all)-1] }
	told := func(what string) {
		t.Helper()
		l := last()
		require.Equal(t, what, strings.Join([]string{audit.Kind(l.GetKind()), l.GetReason(), l.GetWho(), l.GetWhat()}, " "))
		require.NotEmpty(t, l.GetRequestId())
		require.Regexp(t, `^127\.0\.0\.1:\d+$`, l.GetFrom())
	}
	_, _ = orchestratorv1.NewOrchestratorServiceClient(g.dial(t, "")).GetRun(t.Context(), &orchestratorv1.GetRunRequest{Run: "run_1"})
	told("REFUSAL UNAUTHENTICATED  OrchestratorService/GetRun")
	_, _ = orchestratorv1.NewOrchestratorServiceClient(g.dial(t, reader)).DeleteDataset(t.Context(), &orchestratorv1.DeleteDatasetRequest{Dataset: "shop", RequestedBy: "x"})
	told("REFUSAL PERMISSION_DENIED reader OrchestratorService/DeleteDataset")
	require.Equal(t, "shop", last().GetDataset())
	_, _ = orchestratorv1.NewOrchestratorServiceClient(g.dial(t, reader)).ListTokens(t.Context(), &orchestratorv1.ListTokensRequest{})
	told("REFUSAL PERMISSION_DENIED reader OrchestratorService/ListTokens")
	stream, err := snapshotv1.NewSnapshotServiceClient(g.dial(t, reader)).BuildTrainingSet(t.Context(), &snapshotv1.BuildTrainingSetRequest{Dataset: "shop", TrainingSet: "churn", RequestedBy: "x"})
	require.NoError(t, err)
	_, err = stream.Recv()
	require.Error(t, err)
	told("REFUSAL PERMISSION_DENIED reader SnapshotService/BuildTrainingSet")

	g.do(t, http.MethodGet, "/")
	told("REFUSAL UNAUTHENTICATED  GET /")
	g.do(t, http.MethodGet, "/v1/runs?x=hunter2", "Authorization", "Bearer "+bearer.New(bearer.Token))
	told("REFUSAL UNAUTHENTICATED  GET /v1/runs")
	g.do(t, http.MethodDelete, "/v1/datasets/shop?requested_by=x", "Authorization", "Bearer "+reader)
	told("REFUSAL PERMISSION_DENIED reader OrchestratorService/DeleteDataset")
	g.do(t, http.MethodGet, "/login?token=hunter2")
	told("REFUSAL UNAUTHENTICATED  GET /login")
	g.do(t, http.MethodPost, "/v1/tokens?nothing=1", "Authorization", "Bearer "+g.role(identity.Admin))
	told("REFUSAL INVALID_REQUEST admin OrchestratorService/CreateToken")
	g.do(t, http.MethodPost, "/v1/tokens", "Sec-Fetch-Site", "cross-site", "Authorization", "Bearer "+reader)
	told("REFUSAL ORIGIN_NOT_ALLOWED  POST /v1/tokens")
	before := len(g.suite.Audit.Lines())
	g.do(t, http.MethodGet, "/v1/nothing", "Authorization", "Bearer "+reader)
	g.do(t, http.MethodGet, "/v1/runs?page_size=x", "Authorization", "Bearer "+reader)
	require.Len(t, g.suite.Audit.Lines(), before, "a mistake of who reads is none of them")
	for _, l := range g.suite.Audit.Lines() {
		require.NotContains(t, l.String(), "hunter2")
	}
}

// What cannot be written is not done, and who only reads is not kept from it.
func TestWithoutTheLogNothingIsChanged(t *testing.T) {
	t.Parallel()
	g := startGuarded(t)
	g.suite.Fail("OrchestratorService/RecordAudit", problem.New(problem.DatabaseUnavailable, "away"))
	g.suite.Reply("OrchestratorService/ListRuns", &orchestratorv1.ListRunsResponse{})
	conn := g.dial(t, g.role(identity.Admin))
	refused := 0
	eachRPC(t, func(name string, m protoreflect.MethodDescriptor) {
		if !recordedRPCs[name] {
			return
		}
		err := call(t.Context(), t, conn, m, filled)
		if problem.Is(err, problem.InvalidRequest) {
			return
		}
		require.True(t, problem.Is(err, problem.AuditUnavailable), "%s: %v", name, err)
		refused++
	})
	require.Greater(t, refused, 12)
	require.Empty(t, without(g.reached(), "OrchestratorService/GetRun", "SnapshotService/GetTrainingSet"))
	_, err := orchestratorv1.NewOrchestratorServiceClient(conn).ListRuns(t.Context(), &orchestratorv1.ListRunsRequest{})
	require.NoError(t, err)
	resp, body := g.do(t, http.MethodDelete, "/v1/datasets/shop?requested_by=x", "Authorization", "Bearer "+g.role(identity.Admin))
	require.Equal(t, http.StatusServiceUnavailable, resp.StatusCode, body)
	require.Contains(t, body, "AUDIT_UNAVAILABLE")
}

func without(all []string, these ...string) (left []string) {
	for _, s := range all {
		keep := true
		for _, t := range these {
			keep = keep && s != t
		}
		if keep {
			left = append(left, s)
		}
	}
	return left
}

func TestAStreamIsTwoLinesWhateverItsEnd(t *testing.T) {
	t.Parallel()
	g := startGuarded(t)
	client := snapshotv1.NewSnapshotServiceClient(g.dial(t, g.role(identity.Operator)))
	built := &snapshotv1.BuildTrainingSetResponse{Message: &snapshotv1.BuildTrainingSetResponse_Result{Result: &snapshotv1.TrainingSet{Id: "trn_7"}}}
	begun := make(chan struct{}, 1)
	for name, tc := range map[string]struct {
		answer func(ctx context.Context, send func(proto.Message) error) error
		leave  bool
		want   string
	}{
		"whole": {func(_ context.Context, send func(proto.Message) error) error { return send(built) }, false, "INTENT, OUTCOME"},
		"refused": {func(context.Context, func(proto.Message) error) error {
			return problem.New(problem.SnapshotNotFound, "none")
		}, false, "INTENT, OUTCOME SNAPSHOT_NOT_FOUND"},
		"left": {func(ctx context.Context, _ func(proto.Message) error) error {
			begun <- struct{}{}
			<-ctx.Done()
			return ctx.Err()
		}, true, "INTENT, OUTCOME Canceled"},
	} {
		before := len(g.suite.Audit.Lines())
		g.suite.Reply("OrchestratorService/GetDataset", &orchestratorv1.GetDatasetResponse{})
		g.suite.OnStream("SnapshotService/BuildTrainingSet", func(ctx context.Context, _ proto.Message, send func(proto.Message) error) error {
			return tc.answer(ctx, send)
		})
		ctx, cancel := context.WithCancel(t.Context())
		stream, err := client.BuildTrainingSet(ctx, &snapshotv1.BuildTrainingSetRequest{Dataset: "shop", TrainingSet: "churn", RequestedBy: "x"})
		require.NoError(t, err)
		if tc.leave {
			<-begun
			cancel()
		}
		for err == nil {
			_, err = stream.Recv()
		}
		cancel()
		require.Eventually(t, func() bool { return len(g.lines(before)) == 2 }, 20*time.Second, time.Millisecond, name)
		require.Equal(t, tc.want, kinds(g.lines(before)), name)
		if name == "whole" {
			require.Equal(t, "trn_7", g.lines(before)[1].GetTarget())
		}
	}
}

// Two replicas write a chain each, and each signs its own when it stops.
func TestAGatewaySignsItsChainWhenItStops(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	key := filepath.Join(dir, "audit-key")
	require.NoError(t, audit.MakeKey(key))
	public, err := audit.ReadPublic(key + ".pub")
	require.NoError(t, err)
	r := start(t, func(c *gateway.Config) {
		c.AuditKey, c.AuditCheckpoints = key, []string{filepath.Join(dir, "checkpoints")}
	})
	r.suite.Reply("OrchestratorService/CancelRun", &orchestratorv1.CancelRunResponse{})
	conn, err := grpcserver.Dial(r.grpc)
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	_, err = orchestratorv1.NewOrchestratorServiceClient(conn).CancelRun(t.Context(), &orchestratorv1.CancelRunRequest{Run: "run_1", RequestedBy: "ann"})
	require.NoError(t, err)
	require.Equal(t, "ann", r.lines(1)[0].GetWho(), "where nobody is asked, it says who they call themselves")
	require.Empty(t, r.lines(1)[0].GetToken(), "and that no token says so")

	require.NoError(t, r.stop())

	v := audit.NewVerifier(public)
	for _, m := range r.suite.Audit.Export() {
		v.Take(m)
	}
	require.Equal(t, audit.Report{Chains: 1, Lines: 3, Checkpoints: 1}, v.Report())
	require.True(t, r.suite.Audit.Chains()[0].Checkpoints[0].GetLast())
	text, err := os.ReadFile(filepath.Join(dir, "checkpoints"))
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(string(text), "\n"))
}

func TestAKeyThatOthersReadIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	key := filepath.Join(dir, "audit-key")
	require.NoError(t, audit.MakeKey(key))
	require.NoError(t, os.Chmod(key, 0o644))
	for want, change := range map[string]func(*gateway.Config){
		"found mode 0644":                              func(c *gateway.Config) { c.AuditKey = key },
		"audit-checkpoints: expected stdout":           func(c *gateway.Config) { c.AuditKey, c.AuditCheckpoints = good(t), []string{"x"} },
		"audit-keep: expected an audit-key":            func(c *gateway.Config) { c.AuditKeep = 48 * time.Hour },
		"stands in SF_AUDIT_KEY and, as a file":        func(c *gateway.Config) { c.AuditKey, c.AuditKeyText = good(t), "x" },
		"SF_AUDIT_KEY: expected a private key":         func(c *gateway.Config) { c.AuditKeyText = "hunter2" },
		"audit-keep: expected at least 24h":            func(c *gateway.Config) { c.AuditKey, c.AuditKeep = good(t), time.Hour },
		"audit-keep: expected 0, for ever":             func(c *gateway.Config) { c.AuditKeep = -1 },
		"audit-checkpoint-every: expected at least 1s": func(c *gateway.Config) { c.AuditEvery = time.Millisecond },
	} {
		cfg := gateway.Config{}
		change(&cfg)
		_, err := gateway.New(cfg, deps())
		require.ErrorContains(t, err, want)
	}
}

// `gatewayd audit key` prints the public key of what is given as a file or as a text.
func TestTheGatewayPrintsItsPublicKey(t *testing.T) {
	t.Parallel()
	path := good(t)
	want, err := os.ReadFile(path + ".pub")
	require.NoError(t, err)
	private, err := os.ReadFile(path)
	require.NoError(t, err)
	line := strings.Split(string(private), "\n")[1]
	asked := func(env map[string]string, args ...string) (string, error) {
		var out, log bytes.Buffer
		err := gateway.Daemon(gateway.Config{}).Commands["audit"](t.Context(), args, func(name string) (string, bool) { v, ok := env[name]; return v, ok }, &out, &log)
		require.NotContains(t, out.String()+log.String(), line, "the private one is not told")
		return out.String(), err
	}
	for name, env := range map[string]map[string]string{"file": {"SF_AUDIT_KEY_FILE": path}, "text": {"SF_AUDIT_KEY": line}} {
		out, err := asked(env, "key")
		require.NoError(t, err, name)
		require.Equal(t, string(want), out, name)
	}
	out, err := asked(nil, "key", "--audit-key", path)
	require.NoError(t, err)
	require.Equal(t, string(want), out)
	for says, args := range map[string][]string{"want: gatewayd audit key": nil, "unexpected argument": {"key", "x"}, "nothing signs the audit log": {"key"}} {
		_, err := asked(nil, args...)
		require.ErrorContains(t, err, says)
	}
}

// A gateway that is given its key as a text signs with it.
func TestAKeyOfTheEnvironmentSigns(t *testing.T) {
	t.Parallel()
	path := good(t)
	private, err := os.ReadFile(path)
	require.NoError(t, err)
	public, err := audit.ReadPublic(path + ".pub")
	require.NoError(t, err)
	var out bytes.Buffer
	r := start(t, func(c *gateway.Config) { c.AuditKeyText, c.AuditOut = strings.Split(string(private), "\n")[1], &out })
	r.suite.Reply("OrchestratorService/CancelRun", &orchestratorv1.CancelRunResponse{})
	conn, err := grpcserver.Dial(r.grpc)
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	_, err = orchestratorv1.NewOrchestratorServiceClient(conn).CancelRun(t.Context(), &orchestratorv1.CancelRunRequest{Run: "run_1", RequestedBy: "ann"})
	require.NoError(t, err)
	require.NoError(t, r.stop())
	v := audit.NewVerifier(public)
	for _, m := range r.suite.Audit.Export() {
		v.Take(m)
	}
	require.Equal(t, audit.Report{Chains: 1, Lines: 3, Checkpoints: 1}, v.Report())
	require.Contains(t, out.String(), `"signature"`, "by which the guides find the signatures in its log")
}

func good(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "audit-key")
	require.NoError(t, audit.MakeKey(path))
	return path
}

func deps() daemon.Deps { return daemon.Deps{Log: telemetry.Discard()} }

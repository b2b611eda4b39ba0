package gateway_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/platform/bearer"
	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/identity"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/telemetry"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/proto/gen/openapi"
	"github.com/streamflow/streamflow/services/gateway"
	"github.com/streamflow/streamflow/services/gateway/internal/contract"
)

// guarded is a gateway that asks for tokens, and the people that its orchestrator knows.
type guarded struct {
	running
	mu     sync.Mutex
	people map[string]*identity.Identity // by hash
}

func startGuarded(t *testing.T) *guarded {
	t.Helper()
	g := &guarded{people: map[string]*identity.Identity{}}
	g.running = start(t, func(c *gateway.Config) { c.Auth = "tokens" })
	g.suite.On("OrchestratorService/Identify", func(_ context.Context, req proto.Message) (proto.Message, error) {
		asked, _ := req.(*orchestratorv1.IdentifyRequest)
		g.mu.Lock()
		defer g.mu.Unlock()
		who := g.people[string(asked.GetHash())]
		if who == nil {
			return nil, problem.New(problem.Unauthenticated, "the token is not known")
		}
		return &orchestratorv1.IdentifyResponse{Identity: who.Proto()}, nil
	})
	return g
}

// knows makes a token of somebody.
func (g *guarded) knows(who *identity.Identity) string {
	secret := bearer.New(bearer.Token)
	g.mu.Lock()
	defer g.mu.Unlock()
	if who.Name == "" {
		who.Name = "ann"
	}
	who.Token = "tok_" + who.Name
	g.people[string(bearer.Hash(secret))] = who
	return secret
}

func (g *guarded) role(r identity.Role) string {
	return g.knows(&identity.Identity{Role: r, All: true, Name: string(r)})
}

// dial connects to the gateway with a token; without one where it is empty.
func (g *guarded) dial(t *testing.T, token string) *grpc.ClientConn {
	t.Helper()
	var opts []grpc.DialOption
	if token != "" {
		opts = append(opts, bearer.Call(token))
	}
	conn, err := grpcserver.Dial(g.grpc, opts...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	return conn
}

// reached are the calls that came to the services, without those of the gateway's own.
func (g *guarded) reached() (methods []string) {
	for _, c := range g.suite.Calls() {
		if c.Method != "OrchestratorService/Identify" {
			methods = append(methods, c.Method)
		}
	}
	return methods
}

// services are the contracts that the gateway serves.
var services = []string{
	"streamflow.orchestrator.v1.OrchestratorService", "streamflow.ingest.v1.IngestService",
	"streamflow.quality.v1.QualityService", "streamflow.snapshot.v1.SnapshotService",
}

// eachRPC calls a function with every RPC of every contract.
func eachRPC(t *testing.T, do func(name string, m protoreflect.MethodDescriptor)) {
	t.Helper()
	for _, service := range services {
		found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(service))
		require.NoError(t, err)
		methods := found.(protoreflect.ServiceDescriptor).Methods()
		for i := range methods.Len() {
			m := methods.Get(i)
			do(string(m.Parent().Name())+"/"+string(m.Name()), m)
		}
	}
}

// call makes a call of any RPC with a request that its rules let through, as far as a text
// for every text makes one.
func call(ctx context.Context, t *testing.T, conn *grpc.ClientConn, m protoreflect.MethodDescriptor, change ...func(*dynamicpb.Message)) error {
	t.Helper()
	full := "/" + string(m.Parent().FullName()) + "/" + string(m.Name())
	req, resp := dynamicpb.NewMessage(m.Input()), dynamicpb.NewMessage(m.Output())
	for _, c := range change {
		c(req)
	}
	if !m.IsStreamingServer() {
		return conn.Invoke(ctx, full, req, resp)
	}
	stream, err := conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, full)
	require.NoError(t, err)
	require.NoError(t, stream.SendMsg(req))
	require.NoError(t, stream.CloseSend())
	return stream.RecvMsg(resp)
}

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
	require.Empty(t, g.reached())
}

func TestNoPathAnswersWithoutAToken(t *testing.T) {
	t.Parallel()
	g := startGuarded(t)
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
			require.Equal(t, http.StatusUnauthorized, resp.StatusCode, "%s %s with %s: %s", at.method, at.path, name, body)
			if at.method != http.MethodHead {
				require.Contains(t, body, "UNAUTHENTICATED")
			}
			require.True(t, strings.HasPrefix(resp.Header.Get("WWW-Authenticate"), `Bearer realm="streamflow"`))
		}
	}
	require.Empty(t, g.reached())
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
	fill := strings.NewReplacer("{dataset}", "d", "{run}", "run_1", "{batch}", "bat_1", "{validation}", "val_1", "{as_of}", "2024-01-31", "{token}", "tok_1", "{training_set}", "trn_1")
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
		identity.Admin:    {"ApplyDataset", "DeleteDataset", "MigrateDataset", "CreateToken", "ListTokens", "RevokeToken"},
		identity.Steward:  {"Restore", "Pin", "Unpin", "ForgetTrainingSet"},
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
}

// filled puts into a request what its rules ask for of most of them.
func filled(m *dynamicpb.Message) {
	for name, text := range map[protoreflect.Name]string{
		"dataset": "shop", "as_of": "2024-01-31", "source": "/data", "requested_by": "eve", "run": "run_1", "batch": "bat_1",
		"validation": "val_1", "training_set": "trn_1", "token": "tok_1234", "reason": "r", "schema": "s", "from": "2024-01-31", "to": "2024-02-29",
		"name": "n", "manifest": "{}", "into": "other",
	} {
		fd := m.Descriptor().Fields().ByName(name)
		if fd != nil && fd.Kind() == protoreflect.StringKind && !fd.IsList() {
			m.Set(fd, protoreflect.ValueOfString(text))
		}
	}
	if m.Descriptor().Name() == "CreateTokenRequest" {
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

// A token of one dataset gets to nothing of another, whichever way a request names it.
func TestATokenGetsToItsOwnDatasetsOnly(t *testing.T) {
	t.Parallel()
	g := startGuarded(t)
	owners := map[string]string{"mine": "shop", "theirs": "bank"}
	of := func(id string) string { return owners[id[strings.IndexByte(id, '_')+1:]] }
	g.suite.On("OrchestratorService/GetRun", func(_ context.Context, req proto.Message) (proto.Message, error) {
		id := req.(*orchestratorv1.GetRunRequest).GetRun()
		return &orchestratorv1.GetRunResponse{Run: &orchestratorv1.Run{Id: id + "_in_full", Dataset: of(id)}}, nil
	})
	g.suite.On("IngestService/GetBatch", func(_ context.Context, req proto.Message) (proto.Message, error) {
		id := req.(*ingestv1.GetBatchRequest).GetBatch()
		return &ingestv1.GetBatchResponse{Batch: &ingestv1.Batch{Id: id, Dataset: of(id)}}, nil
	})
	g.suite.On("QualityService/GetValidation", func(_ context.Context, req proto.Message) (proto.Message, error) {
		id := req.(*qualityv1.GetValidationRequest).GetValidation()
		return &qualityv1.GetValidationResponse{Validation: &qualityv1.Validation{Id: id, Dataset: of(id)}}, nil
	})
	g.suite.On("SnapshotService/GetTrainingSet", func(_ context.Context, req proto.Message) (proto.Message, error) {
		id := req.(*snapshotv1.GetTrainingSetRequest).GetTrainingSet()
		return &snapshotv1.GetTrainingSetResponse{TrainingSet: &snapshotv1.TrainingSet{Id: id, Dataset: of(id)}}, nil
	})
	conn := g.dial(t, g.knows(&identity.Identity{Role: identity.Admin, Datasets: []string{"shop"}}))
	// A training set is named here; a manifest, which may be of any dataset, needs them all.
	naming := func(which string) func(*dynamicpb.Message) {
		return func(m *dynamicpb.Message) {
			filled(m)
			for name, text := range map[protoreflect.Name]string{
				"dataset": owners[which], "run": "run_" + which, "batch": "bat_" + which, "validation": "val_" + which, "training_set": "trn_" + which,
			} {
				fd := m.Descriptor().Fields().ByName(name)
				if manifest := m.Descriptor().Fields().ByName("manifest"); manifest != nil && fd != nil && name == "training_set" {
					m.Clear(manifest)
				}
				switch {
				case fd == nil:
				case fd.Kind() == protoreflect.StringKind:
					m.Set(fd, protoreflect.ValueOfString(text))
				case fd.Message() != nil && fd.Message().FullName() == "streamflow.dataset.v1.Dataset":
					text, err := proto.Marshal(&datasetv1.Dataset{Name: text})
					require.NoError(t, err)
					d := dynamicpb.NewMessage(fd.Message())
					require.NoError(t, proto.Unmarshal(text, d))
					m.Set(fd, protoreflect.ValueOfMessage(d))
				}
			}
		}
	}
	wholes := map[string]bool{"CreateToken": true, "ListTokens": true, "RevokeToken": true, "RebuildTrainingSet": true}
	ofNobody := map[string]bool{"ListDatasets": true, "WhoAmI": true, "CreateLogin": true}
	eachRPC(t, func(name string, m protoreflect.MethodDescriptor) {
		rpc := string(m.Name())
		mine := call(t.Context(), t, conn, m, naming("mine"))
		if problem.Is(mine, problem.NotExposed) {
			return
		}
		require.Equal(t, wholes[rpc], problem.Is(mine, problem.PermissionDenied), "%s of mine: %v", name, mine)
		theirs := call(t.Context(), t, conn, m, naming("theirs"))
		if ofNobody[rpc] {
			require.False(t, problem.Is(theirs, problem.PermissionDenied), "%s: %v", name, theirs)
			return
		}
		require.True(t, problem.Is(theirs, problem.PermissionDenied), "%s of theirs: %v", name, theirs)
	})
	for _, c := range g.suite.Calls() {
		if c.Caller != nil {
			require.NotContains(t, c.Request.(interface{ String() string }).String(), "bank", "%s went on", c.Method)
			require.NotContains(t, c.Request.(interface{ String() string }).String(), "theirs", "%s went on", c.Method)
		}
	}
}

// What was decided about is what is called: a part of an identifier could be another's by
// then.
func TestWhatIsNamedByAPartIsCalledInFull(t *testing.T) {
	t.Parallel()
	g := startGuarded(t)
	g.suite.Reply("OrchestratorService/GetRun", &orchestratorv1.GetRunResponse{Run: &orchestratorv1.Run{Id: "run_full", Dataset: "shop"}})
	g.suite.Reply("OrchestratorService/CancelRun", &orchestratorv1.CancelRunResponse{})
	client := orchestratorv1.NewOrchestratorServiceClient(g.dial(t, g.knows(&identity.Identity{Role: identity.Operator, Datasets: []string{"shop"}})))

	_, err := client.CancelRun(t.Context(), &orchestratorv1.CancelRunRequest{Run: "full", RequestedBy: "eve"})

	require.NoError(t, err)
	last := g.suite.Calls()[len(g.suite.Calls())-1]
	require.Equal(t, "OrchestratorService/CancelRun", last.Method)
	require.Equal(t, "run_full", last.Request.(*orchestratorv1.CancelRunRequest).GetRun())
}

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

func TestALinkLetsABrowserIn(t *testing.T) {
	t.Parallel()
	g := startGuarded(t)
	link, session := bearer.New(bearer.Login), bearer.New(bearer.Session)
	used := false
	g.suite.On("OrchestratorService/RedeemLogin", func(_ context.Context, req proto.Message) (proto.Message, error) {
		if req.(*orchestratorv1.RedeemLoginRequest).GetSecret() != link || used {
			return nil, problem.New(problem.Unauthenticated, "the link was used before, or has ended")
		}
		used = true
		return &orchestratorv1.RedeemLoginResponse{Secret: session, ExpiresAt: timestamppb.New(time.Now().Add(time.Hour))}, nil
	})
	g.suite.Reply("OrchestratorService/ListDatasets", &orchestratorv1.ListDatasetsResponse{})
	g.suite.Reply("OrchestratorService/ListRuns", &orchestratorv1.ListRunsResponse{})
	g.people[string(bearer.Hash(session))] = &identity.Identity{Role: identity.Admin, All: true, Name: "ann"}
	const browser = "text/html"
	at := "/login?token=" + url.QueryEscape(link)

	resp, body := g.do(t, http.MethodGet, "/", "Accept", browser)
	require.Equal(t, http.StatusUnauthorized, resp.StatusCode)
	require.Contains(t, body, "sfctl auth link", "it says how to get in")
	require.Contains(t, resp.Header.Get("Content-Type"), "text/html")

	resp, _ = g.do(t, http.MethodHead, at)
	require.Empty(t, resp.Header.Get("Set-Cookie"), "who only looks at a link does not use it up")
	resp, _ = g.do(t, http.MethodGet, at, "Accept", browser)
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Equal(t, "0; url=/", resp.Header.Get("Refresh"))
	require.Equal(t, "no-store", resp.Header.Get("Cache-Control"))
	cookies := resp.Cookies()
	require.Len(t, cookies, 1)
	require.Equal(t, session, cookies[0].Value)
	require.True(t, cookies[0].HttpOnly)
	require.Equal(t, http.SameSiteStrictMode, cookies[0].SameSite)
	require.InDelta(t, 3600, cookies[0].MaxAge, 60)
	cookie := []string{"Cookie", cookies[0].Name + "=" + session}

	resp, _ = g.do(t, http.MethodGet, at, "Accept", browser)
	require.Equal(t, http.StatusUnauthorized, resp.StatusCode, "it is good once")
	for _, wrong := range []string{"/login", "/login?token=", "/login?token=x", at + "&token=" + link, "/login?token=" + g.role(identity.Admin)} {
		resp, body = g.do(t, http.MethodGet, wrong)
		require.Equal(t, http.StatusUnauthorized, resp.StatusCode, wrong)
		require.Contains(t, body, "expected a link to the page", wrong)
	}
	resp, _ = g.do(t, http.MethodGet, "/", append(cookie, "Accept", browser)...)
	require.Equal(t, http.StatusOK, resp.StatusCode)
	resp, _ = g.do(t, http.MethodGet, "/v1/runs", cookie...)
	require.Equal(t, http.StatusOK, resp.StatusCode)
	// A page of another site has a browser send what it has: it can change nothing with it.
	for _, change := range []target{{"POST", "/v1/datasets/shop/runs"}, {"DELETE", "/v1/datasets/shop"}, {"POST", "/v1/tokens"}} {
		resp, body = g.do(t, change.method, change.path, append(cookie, "Content-Type", "application/json")...)
		require.Equal(t, http.StatusUnauthorized, resp.StatusCode, change.path)
		require.Contains(t, body, "the session of a browser only reads")
	}
	resp, _ = g.do(t, http.MethodPost, "/v1/datasets/shop/runs", append(cookie, "Origin", "http://evil.example", "Sec-Fetch-Site", "cross-site")...)
	require.Equal(t, http.StatusForbidden, resp.StatusCode)
}

// What one who is not granted everything sees of the board is theirs, and not what the
// others were shown a moment ago.
func TestTheBoardIsNotSharedWithWhoMaySeeLess(t *testing.T) {
	t.Parallel()
	g := startGuarded(t)
	g.suite.On("OrchestratorService/ListDatasets", func(ctx context.Context, _ proto.Message) (proto.Message, error) {
		who, err := identity.Incoming(ctx)
		if err != nil || who.All {
			return &orchestratorv1.ListDatasetsResponse{Versions: []*orchestratorv1.DatasetVersion{{Dataset: &datasetv1.Dataset{Name: "bank"}}}}, err
		}
		return &orchestratorv1.ListDatasetsResponse{}, nil
	})
	g.suite.Reply("OrchestratorService/ListRuns", &orchestratorv1.ListRunsResponse{})
	all, some := g.role(identity.Reader), g.knows(&identity.Identity{Role: identity.Reader, Datasets: []string{"shop"}, Name: "some"})
	for range 3 {
		_, body := g.do(t, http.MethodGet, "/", "Accept", "text/html", "Authorization", "Bearer "+all)
		require.Contains(t, body, "bank")
		_, body = g.do(t, http.MethodGet, "/", "Accept", "text/html", "Authorization", "Bearer "+some)
		require.NotContains(t, body, "bank")
	}
}

func TestAModeThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	_, err := gateway.New(gateway.Config{Auth: "nobody"}, daemon.Deps{Log: telemetry.Discard()})
	require.ErrorContains(t, err, `auth: expected tokens or none, found "nobody"`)
}

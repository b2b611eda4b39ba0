package gateway_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	reflectionv1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/streamflow/streamflow/platform/identity"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// A token of one dataset gets to nothing of another, whichever way a request names it.
func TestATokenGetsToItsOwnDatasetsOnly(t *testing.T) {
	t.Parallel()
	g := startGuarded(t)
	owners := map[string]string{"mine": "shop", "theirs": "bank"}
	of := func(id string) string { return owners[id[strings.IndexByte(id, '_')+1:]] }
	unless := func(id string, missing problem.Reason) error {
		if of(id) == "" {
			return problem.New(missing, "expected one, found none of %q in any dataset", id)
		}
		return nil
	}
	g.suite.On("OrchestratorService/GetRun", func(_ context.Context, req proto.Message) (proto.Message, error) {
		id := req.(*orchestratorv1.GetRunRequest).GetRun()
		return &orchestratorv1.GetRunResponse{Run: &orchestratorv1.Run{Id: id + "_in_full", Dataset: of(id)}}, unless(id, problem.RunNotFound)
	})
	g.suite.On("IngestService/GetBatch", func(_ context.Context, req proto.Message) (proto.Message, error) {
		id := req.(*ingestv1.GetBatchRequest).GetBatch()
		return &ingestv1.GetBatchResponse{Batch: &ingestv1.Batch{Id: id, Dataset: of(id)}}, unless(id, problem.BatchNotFound)
	})
	g.suite.On("QualityService/GetValidation", func(_ context.Context, req proto.Message) (proto.Message, error) {
		id := req.(*qualityv1.GetValidationRequest).GetValidation()
		return &qualityv1.GetValidationResponse{Validation: &qualityv1.Validation{Id: id, Dataset: of(id)}}, unless(id, problem.ValidationNotFound)
	})
	g.suite.On("SnapshotService/GetTrainingSet", func(_ context.Context, req proto.Message) (proto.Message, error) {
		id := req.(*snapshotv1.GetTrainingSetRequest).GetTrainingSet()
		return &snapshotv1.GetTrainingSetResponse{TrainingSet: &snapshotv1.TrainingSet{Id: id, Dataset: of(id)}}, unless(id, problem.TrainingSetNotFound)
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
	wholes := map[string]bool{"CreateToken": true, "ListTokens": true, "RevokeToken": true, "RebuildTrainingSet": true, "GrantRole": true, "RevokeRole": true, "ListGrants": true, "ListAudit": true, "ExportAudit": true}
	ofNobody := map[string]bool{"ListDatasets": true, "WhoAmI": true, "CreateLogin": true}
	hidden, tried := 0, 0
	eachRPC(t, func(name string, m protoreflect.MethodDescriptor) {
		rpc := string(m.Name())
		mine := call(t.Context(), t, conn, m, naming("mine"))
		if problem.Is(mine, problem.NotExposed) {
			return
		}
		require.Equal(t, wholes[rpc], problem.Is(mine, problem.PermissionDenied), "%s of mine: %v", name, mine)
		theirs := call(t.Context(), t, conn, m, naming("theirs"))
		tried++
		if ofNobody[rpc] {
			require.False(t, problem.Is(theirs, problem.PermissionDenied), "%s: %v", name, theirs)
			return
		}
		if absent(theirs) { // what is theirs is as what is nowhere
			nowhere := call(t.Context(), t, conn, m, naming("nowhere"))
			require.Equal(t, strings.ReplaceAll(theirs.Error(), "_theirs", "_nowhere"), nowhere.Error(), name)
			hidden++
			return
		}
		require.True(t, problem.Is(theirs, problem.PermissionDenied), "%s of theirs: %v", name, theirs)
	})
	require.Equal(t, 11, hidden, "what is named by an identifier")
	t.Logf("attacks: %d", tried)
	for _, c := range g.suite.Calls() {
		if c.Caller != nil {
			require.NotContains(t, c.Request.(interface{ String() string }).String(), "bank", "%s went on", c.Method)
			require.NotContains(t, c.Request.(interface{ String() string }).String(), "theirs", "%s went on", c.Method)
		}
	}
}

// absent says whether an error is that there is no such thing.
func absent(err error) bool {
	for _, reason := range []problem.Reason{problem.RunNotFound, problem.BatchNotFound, problem.ValidationNotFound, problem.TrainingSetNotFound} {
		if problem.Is(err, reason) {
			return true
		}
	}
	return false
}

// A part of an identifier that several have would tell what others have, and so would a run
// whose findings are to be accepted.
func TestNoPartOfARequestTellsWhatOthersHave(t *testing.T) {
	t.Parallel()
	g := startGuarded(t)
	g.suite.On("OrchestratorService/GetRun", func(_ context.Context, req proto.Message) (proto.Message, error) {
		switch id := req.(*orchestratorv1.GetRunRequest).GetRun(); id {
		case "run_several":
			return nil, problem.New(problem.AmbiguousID, "which run_several_1 and run_several_2 have")
		case "run_away":
			return nil, problem.New(problem.DatabaseUnavailable, "PostgreSQL is away")
		case "run_none":
			return nil, problem.New(problem.RunNotFound, "none")
		default:
			return &orchestratorv1.GetRunResponse{Run: &orchestratorv1.Run{Id: id, Dataset: map[string]string{"run_mine": "shop"}[id]}}, nil
		}
	})
	g.suite.Reply("OrchestratorService/StartRun", &orchestratorv1.StartRunResponse{})
	client := orchestratorv1.NewOrchestratorServiceClient(g.dial(t, g.knows(&identity.Identity{Role: identity.Steward, Datasets: []string{"shop"}})))
	said := map[string]bool{}
	for _, id := range []string{"run_several", "run_theirs", "run_none"} {
		_, err := client.GetRun(t.Context(), &orchestratorv1.GetRunRequest{Run: id})
		require.True(t, problem.Is(err, problem.RunNotFound), "%s: %v", id, err)
		said[strings.ReplaceAll(err.Error(), id, "run")] = true
		_, err = client.StartRun(t.Context(), &orchestratorv1.StartRunRequest{Dataset: "shop", AsOf: "2024-01-31", Source: "/data", AcceptFrom: id, RequestedBy: "eve"})
		require.True(t, problem.Is(err, problem.RunNotFound), "accept_from %s: %v", id, err)
		said[strings.ReplaceAll(err.Error(), id, "run")] = true
		_, err = client.StartRun(t.Context(), &orchestratorv1.StartRunRequest{Dataset: "bank", AsOf: "2024-01-31", Source: "/data", AcceptFrom: id, RequestedBy: "eve"})
		require.True(t, problem.Is(err, problem.PermissionDenied), "of a dataset that is not theirs: %v", err)
	}
	require.Len(t, said, 1, "the same is said")
	_, err := client.GetRun(t.Context(), &orchestratorv1.GetRunRequest{Run: "run_away"})
	require.True(t, problem.Is(err, problem.DatabaseUnavailable), "%v", err)
	_, err = client.StartRun(t.Context(), &orchestratorv1.StartRunRequest{Dataset: "shop", AsOf: "2024-01-31", Source: "/data", AcceptFrom: "run_mine", RequestedBy: "eve"})
	require.NoError(t, err)
}

// Without a token a step of a run says that one is missing, as everything else does, and so
// does reflection.
func TestWhoIsNotKnownIsToldNothingOfWhatThereIs(t *testing.T) {
	t.Parallel()
	g := startGuarded(t)
	steps := 0
	token := g.role(identity.Admin)
	stranger, known := g.dial(t, ""), g.dial(t, token)
	eachRPC(t, func(name string, m protoreflect.MethodDescriptor) {
		err := call(t.Context(), t, stranger, m, filled)
		require.True(t, problem.Is(err, problem.Unauthenticated), "%s: %v", name, err)
		if problem.Is(call(t.Context(), t, known, m, filled), problem.NotExposed) {
			steps++
		}
	})
	require.Greater(t, steps, 15)
	list := func(conn *grpc.ClientConn) error {
		stream, err := reflectionv1.NewServerReflectionClient(conn).ServerReflectionInfo(t.Context())
		require.NoError(t, err)
		_ = stream.Send(&reflectionv1.ServerReflectionRequest{MessageRequest: &reflectionv1.ServerReflectionRequest_ListServices{}})
		_, err = stream.Recv()
		return err
	}
	require.True(t, problem.Is(list(stranger), problem.Unauthenticated))
	require.NoError(t, list(known))
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

package gateway_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
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
	wholes := map[string]bool{"ListAudit": true, "ExportAudit": true, "CreateToken": true, "ListTokens": true, "RevokeToken": true, "RebuildTrainingSet": true}
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

package forward_test

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/telemetry"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/proto/gen/openapi"
	"github.com/streamflow/streamflow/services/gateway/internal/backendtest"
	"github.com/streamflow/streamflow/services/gateway/internal/contract"
	"github.com/streamflow/streamflow/services/gateway/internal/forward"
	"github.com/streamflow/streamflow/services/gateway/internal/watch"
)

// exposed is every method that clients may call, written out: to expose one more is a
// decision that shows in this file.
var exposed = []string{
	"IngestService/GetBatch", "IngestService/ListBatches", "IngestService/ReadmitKeys",
	"OrchestratorService/ApplyDataset", "OrchestratorService/CancelRun",
	"OrchestratorService/CreateToken", "OrchestratorService/ListTokens", "OrchestratorService/RevokeToken", "OrchestratorService/GrantRole", "OrchestratorService/RevokeRole", "OrchestratorService/ListGrants", "OrchestratorService/WhoAmI", "OrchestratorService/CreateLogin", "OrchestratorService/DeleteDataset", "OrchestratorService/ListAudit", "OrchestratorService/ExportAudit",
	"OrchestratorService/DiffDataset", "OrchestratorService/GetDataset", "OrchestratorService/GetRun",
	"OrchestratorService/ListDatasetVersions", "OrchestratorService/ListDatasets", "OrchestratorService/ListRuns",
	"OrchestratorService/MigrateDataset", "OrchestratorService/StartRun", "OrchestratorService/WatchRun",
	"QualityService/GetValidation", "QualityService/ListValidations", "QualityService/UnmaskValidation", "OrchestratorService/UnmaskRun",
	"SnapshotService/GetSnapshot", "SnapshotService/ListSnapshots", "SnapshotService/ListRevisions", "SnapshotService/ListRestatements", "SnapshotService/ListGaps",
	"SnapshotService/Restore", "SnapshotService/Verify", "SnapshotService/Diff",
	"SnapshotService/PlanRetention", "SnapshotService/Pin", "SnapshotService/Unpin", "SnapshotService/ForgetTrainingSet", "SnapshotService/BuildTrainingSet", "SnapshotService/GetTrainingSet", "SnapshotService/ListTrainingSets",
	"SnapshotService/ExportTrainingSet", "SnapshotService/VerifyTrainingSet", "SnapshotService/RebuildTrainingSet",
}

func setup(t *testing.T) (*backendtest.Suite, *grpc.ClientConn) {
	t.Helper()
	suite := backendtest.New(t)
	rules, err := contract.Load(openapi.Document)
	require.NoError(t, err)
	f, err := forward.New(suite.Dial(t).Services(), rules.Exposes, anybody, anybody, func(context.Context, string, error) {}, &watch.Watches{})
	require.NoError(t, err)
	srv, err := grpcserver.New(telemetry.Discard())
	require.NoError(t, err)
	f.Register(srv)
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan struct{})
	go func() { defer close(done); _ = srv.Server.Serve(lis) }() // Stop ends it
	t.Cleanup(func() { srv.Stop(); <-done })
	conn, err := grpcserver.Dial(lis.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return suite, conn
}

func TestExactlyTheExposedMethodsAreReachable(t *testing.T) {
	t.Parallel()
	suite, conn := setup(t)
	var reachable []string
	for _, svc := range suite.Dial(t).Services() {
		d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(svc.Desc.ServiceName))
		require.NoError(t, err)
		methods := d.(protoreflect.ServiceDescriptor).Methods()
		for i := range methods.Len() {
			m := methods.Get(i)
			err := call(t, conn, svc.Desc.ServiceName, m)
			require.Error(t, err, "the request is empty, and the services have no answer")
			name := string(d.Name()) + "/" + string(m.Name())
			if !problem.Is(err, problem.NotExposed) {
				reachable = append(reachable, name)
				continue
			}
			require.ErrorContains(t, err, string(m.Name())+" is not reachable through the gateway")
		}
	}
	require.ElementsMatch(t, exposed, reachable)
	for _, c := range suite.Calls() {
		require.Contains(t, exposed, c.Method)
	}
}

// call makes a call of any method with an empty request and returns its error.
func call(t *testing.T, conn *grpc.ClientConn, service string, m protoreflect.MethodDescriptor) error {
	t.Helper()
	full := "/" + service + "/" + string(m.Name())
	req, resp := dynamicpb.NewMessage(m.Input()), dynamicpb.NewMessage(m.Output())
	if !m.IsStreamingServer() {
		return conn.Invoke(t.Context(), full, req, resp)
	}
	stream, err := conn.NewStream(t.Context(), &grpc.StreamDesc{ServerStreams: true}, full)
	require.NoError(t, err)
	require.NoError(t, stream.SendMsg(req))
	require.NoError(t, stream.CloseSend())
	return stream.RecvMsg(resp)
}

func TestACallIsPassedOnWithItsRequestID(t *testing.T) {
	t.Parallel()
	suite, conn := setup(t)
	suite.Reply("OrchestratorService/GetRun", &orchestratorv1.GetRunResponse{Run: backendtest.SucceededRun()})
	ctx := metadata.AppendToOutgoingContext(t.Context(), grpcserver.RequestIDKey, "req_mine")

	got, err := orchestratorv1.NewOrchestratorServiceClient(conn).GetRun(ctx, &orchestratorv1.GetRunRequest{Run: "run_1"})

	require.NoError(t, err)
	require.True(t, proto.Equal(backendtest.SucceededRun(), got.GetRun()))
	calls := suite.Calls()
	require.Len(t, calls, 1)
	require.Equal(t, "req_mine", calls[0].RequestID)
	require.True(t, proto.Equal(&orchestratorv1.GetRunRequest{Run: "run_1"}, calls[0].Request))
}

func TestAnErrorKeepsItsReasonAndDetails(t *testing.T) {
	t.Parallel()
	suite, conn := setup(t)
	want := problem.New(problem.DatasetInvalid, "2 mistakes").With("dataset", "d").
		Violate("tables[0].key", "missing").Violate("calendar", "missing")
	suite.Fail("OrchestratorService/GetDataset", want)

	_, err := orchestratorv1.NewOrchestratorServiceClient(conn).GetDataset(t.Context(), &orchestratorv1.GetDatasetRequest{Dataset: "d"})

	got := problem.FromError(err)
	require.Equal(t, want.Reason, got.Reason)
	require.Equal(t, want.Message, got.Message)
	require.Equal(t, want.Metadata, got.Metadata)
	require.Equal(t, want.Violations, got.Violations)
}

func TestARequestThatBreaksARuleStopsHere(t *testing.T) {
	t.Parallel()
	suite, conn := setup(t)
	_, err := orchestratorv1.NewOrchestratorServiceClient(conn).GetRun(t.Context(), &orchestratorv1.GetRunRequest{Run: "bat_1"})
	require.True(t, problem.Is(err, problem.InvalidRequest))
	require.Empty(t, suite.Calls())
}

func TestAServiceThatIsAwayIsNamed(t *testing.T) {
	t.Parallel()
	suite, conn := setup(t)
	suite.Stop("orchestrator")
	client := orchestratorv1.NewOrchestratorServiceClient(conn)

	_, err := client.GetRun(t.Context(), &orchestratorv1.GetRunRequest{Run: "run_1"})
	require.True(t, problem.Is(err, problem.ServiceUnavailable))
	require.ErrorContains(t, err, "the orchestrator service")

	stream, err := client.WatchRun(t.Context(), &orchestratorv1.WatchRunRequest{Run: "run_1"})
	require.NoError(t, err)
	_, err = stream.Recv()
	require.True(t, problem.Is(err, problem.ServiceUnavailable))
}

func TestAStreamIsPassedOnToItsEnd(t *testing.T) {
	t.Parallel()
	suite, conn := setup(t)
	suite.OnWatch(backendtest.Stored(backendtest.Events("run_1", 5, true)))

	stream, err := orchestratorv1.NewOrchestratorServiceClient(conn).WatchRun(t.Context(), &orchestratorv1.WatchRunRequest{Run: "run_1", From: 3})
	require.NoError(t, err)

	var numbers []int64
	for {
		resp, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		numbers = append(numbers, resp.GetEvent().GetNumber())
	}
	require.Equal(t, []int64{3, 4, 5}, numbers)
}

func TestACallerThatGoesAwayEndsTheStreamBehind(t *testing.T) {
	t.Parallel()
	suite, conn := setup(t)
	gone := make(chan struct{})
	suite.OnWatch(func(ctx context.Context, _ *orchestratorv1.WatchRunRequest, send func(*orchestratorv1.Event) error) error {
		defer close(gone)
		if err := send(backendtest.Events("run_1", 1, false)[0]); err != nil {
			return err
		}
		<-ctx.Done()
		return ctx.Err()
	})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stream, err := orchestratorv1.NewOrchestratorServiceClient(conn).WatchRun(ctx, &orchestratorv1.WatchRunRequest{Run: "run_1"})
	require.NoError(t, err)
	_, err = stream.Recv()
	require.NoError(t, err)

	cancel()

	wait, stop := context.WithTimeout(t.Context(), backendtest.Eventually)
	defer stop()
	select {
	case <-gone:
	case <-wait.Done():
		require.Fail(t, "the orchestrator still watches")
	}
}

// anybody may come in.
func anybody(ctx context.Context) (context.Context, error) { return ctx, nil }

package grpcserver_test

import (
	"context"
	"net"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/streamflow/streamflow/platform/grpcserver"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// flaky answers UNAVAILABLE so many times.
type flaky struct {
	orchestratorv1.UnimplementedOrchestratorServiceServer
	failing      atomic.Int32
	reads, makes atomic.Int32
}

func (f *flaky) fault() error {
	if f.failing.Add(-1) >= 0 {
		return status.Error(codes.Unavailable, "connection reset by peer")
	}
	return nil
}

func (f *flaky) ListRuns(context.Context, *orchestratorv1.ListRunsRequest) (*orchestratorv1.ListRunsResponse, error) {
	f.reads.Add(1)
	return &orchestratorv1.ListRunsResponse{}, f.fault()
}

func (f *flaky) StartRun(context.Context, *orchestratorv1.StartRunRequest) (*orchestratorv1.StartRunResponse, error) {
	f.makes.Add(1)
	return &orchestratorv1.StartRunResponse{}, f.fault()
}

func TestReadsAreSentAgainAndChangesAreNot(t *testing.T) {
	t.Parallel()
	f := &flaky{}
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	srv := grpc.NewServer()
	orchestratorv1.RegisterOrchestratorServiceServer(srv, f)
	go func() { _ = srv.Serve(lis) }()
	t.Cleanup(srv.Stop)
	conn, err := grpcserver.Dial(lis.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	client := orchestratorv1.NewOrchestratorServiceClient(conn)

	f.failing.Store(3)
	_, err = client.ListRuns(t.Context(), &orchestratorv1.ListRunsRequest{})
	require.NoError(t, err)
	require.Equal(t, int32(4), f.reads.Load())

	f.failing.Store(100)
	_, err = client.ListRuns(t.Context(), &orchestratorv1.ListRunsRequest{})
	require.Equal(t, codes.Unavailable, status.Code(err), "not for ever")
	_, err = client.StartRun(t.Context(), &orchestratorv1.StartRunRequest{})
	require.Equal(t, codes.Unavailable, status.Code(err))
	require.Equal(t, int32(1), f.makes.Load())
}

func TestAListOfAddressesIsRefused(t *testing.T) {
	t.Parallel()
	_, err := grpcserver.Dial("a:1,b:2")
	require.ErrorContains(t, err, `address "a:1,b:2": expected one, found a list; a name that resolves to several addresses is used in turn: dns:///name:port`)
}

package grpcserver_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	reflectionv1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"

	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/telemetry"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// service answers GetBatch and Stage as the test says.
type service struct {
	ingestv1.UnimplementedIngestServiceServer
	get   func(ctx context.Context) error
	stage func(ctx context.Context) error
}

func (s *service) GetBatch(ctx context.Context, _ *ingestv1.GetBatchRequest) (*ingestv1.GetBatchResponse, error) {
	return &ingestv1.GetBatchResponse{}, s.get(ctx)
}

func (s *service) Stage(_ *ingestv1.StageRequest, stream grpc.ServerStreamingServer[ingestv1.StageResponse]) error {
	return s.stage(stream.Context())
}

type fixture struct {
	client     ingestv1.IngestServiceClient
	health     healthv1.HealthClient
	reflection reflectionv1.ServerReflectionClient
	server     *grpcserver.Server
	log        *bytes.Buffer
	stop       context.CancelFunc
	stopped    chan error
}

func setup(t *testing.T, svc *service) *fixture {
	t.Helper()
	f := &fixture{log: &bytes.Buffer{}, stopped: make(chan error, 1)}
	log, err := telemetry.NewLogger(f.log, telemetry.FormatJSON, "info", "ingest")
	require.NoError(t, err)
	f.server, err = grpcserver.New(log)
	require.NoError(t, err)
	ingestv1.RegisterIngestServiceServer(f.server, svc)
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	f.stop = stop
	go func() { f.stopped <- f.server.Serve(ctx, lis) }()
	conn, err := grpcserver.Dial(lis.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { stop(); _ = conn.Close() })
	f.client, f.health = ingestv1.NewIngestServiceClient(conn), healthv1.NewHealthClient(conn)
	f.reflection = reflectionv1.NewServerReflectionClient(conn)
	return f
}

func (f *fixture) get(t *testing.T) error {
	t.Helper()
	_, err := f.client.GetBatch(t.Context(), &ingestv1.GetBatchRequest{Batch: "bat_1"})
	return err
}

func TestErrorsGetTheirReason(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		err    error
		reason problem.Reason
		code   codes.Code
	}{
		"own":         {problem.New(problem.BatchNotFound, "no batch"), problem.BatchNotFound, codes.NotFound},
		"database":    {&pgconn.PgError{Code: "57P01"}, problem.DatabaseUnavailable, codes.Unavailable},
		"a defect":    {errors.New("index out of range"), problem.Internal, codes.Internal},
		"bare status": {status.Error(codes.Unavailable, "x"), problem.ServiceUnavailable, codes.Unavailable},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := setup(t, &service{get: func(context.Context) error { return tt.err }})
			err := f.get(t)
			require.Equal(t, tt.code, status.Code(err))
			require.True(t, problem.Is(err, tt.reason), "%v", err)
		})
	}
}

func TestAPanicIsAnErrorAndTheServerGoesOn(t *testing.T) {
	t.Parallel()
	calls := 0
	f := setup(t, &service{get: func(context.Context) error {
		if calls++; calls == 1 {
			panic("defect")
		}
		return nil
	}})
	require.Equal(t, codes.Internal, status.Code(f.get(t)))
	require.NoError(t, f.get(t))
}

func TestDeclaredRulesAreChecked(t *testing.T) {
	t.Parallel()
	f := setup(t, &service{
		get:   func(context.Context) error { return nil },
		stage: func(context.Context) error { return nil },
	})

	_, err := f.client.GetBatch(t.Context(), &ingestv1.GetBatchRequest{Batch: "no"})
	require.True(t, problem.Is(err, problem.InvalidRequest), "%v", err)
	require.Equal(t, "batch", problem.FromError(err).Violations[0].Subject)

	stream, err := f.client.Stage(t.Context(), &ingestv1.StageRequest{
		Context: &stepv1.StepContext{Run: "run_1", RequestedBy: "x"}, Batch: "bat_1", AsOf: "31.1.2024",
	})
	require.NoError(t, err)
	_, err = stream.Recv()
	require.True(t, problem.Is(err, problem.InvalidRequest), "%v", err)
	var subjects []string
	for _, v := range problem.FromError(err).Violations {
		subjects = append(subjects, v.Subject)
	}
	require.Subset(t, subjects, []string{"context.fence", "dataset", "as_of", "source"}, "every mistake at once")
}

func TestLogCarriesTheRequestAndItsRun(t *testing.T) {
	t.Parallel()
	f := setup(t, &service{get: func(context.Context) error { return nil }, stage: func(context.Context) error { return nil }})
	ctx := metadata.AppendToOutgoingContext(t.Context(), grpcserver.RequestIDKey, "req_mine")
	_, err := f.client.GetBatch(ctx, &ingestv1.GetBatchRequest{Batch: "bat_1"})
	require.NoError(t, err)
	stream, err := f.client.Stage(ctx, stageRequest())
	require.NoError(t, err)
	_, err = stream.Recv()
	require.ErrorIs(t, err, io.EOF)
	f.stop()
	require.NoError(t, <-f.stopped)
	require.Contains(t, f.log.String(), "/streamflow.ingest.v1.IngestService/GetBatch")
	require.Equal(t, 2, bytes.Count(f.log.Bytes(), []byte(`"request":"req_mine"`)))
	require.Equal(t, 1, bytes.Count(f.log.Bytes(), []byte(`"run":"run_1"`)), "of a step the log says which run it is part of")
}

func TestReadinessAndLiveness(t *testing.T) {
	t.Parallel()
	f := setup(t, &service{})
	check := func(name string) healthv1.HealthCheckResponse_ServingStatus {
		r, err := f.health.Check(t.Context(), &healthv1.HealthCheckRequest{Service: name}, grpc.WaitForReady(true))
		require.NoError(t, err)
		return r.GetStatus()
	}
	require.Equal(t, healthv1.HealthCheckResponse_NOT_SERVING, check(""))
	require.Equal(t, healthv1.HealthCheckResponse_SERVING, check(grpcserver.LivenessService))
	f.server.SetReady(true)
	require.Equal(t, healthv1.HealthCheckResponse_SERVING, check(""))
}

func TestCallsAreHeldUntilTheServerWasReadyOnce(t *testing.T) {
	t.Parallel()
	f := setup(t, &service{
		get:   func(context.Context) error { return nil },
		stage: func(context.Context) error { return nil },
	})
	f.server.HoldCalls("ingest")
	stage := func() error {
		stream, err := f.client.Stage(t.Context(), &ingestv1.StageRequest{})
		require.NoError(t, err)
		_, err = stream.Recv()
		return err
	}
	for _, err := range []error{f.get(t), stage()} {
		require.True(t, problem.Is(err, problem.ServiceUnavailable), "%v", err)
		require.ErrorContains(t, err, "the ingest service is not ready: PostgreSQL or its migrations are not there yet")
	}
	_, err := f.health.Check(t.Context(), &healthv1.HealthCheckRequest{})
	require.NoError(t, err, "health answers")
	reflected, err := f.reflection.ServerReflectionInfo(t.Context())
	require.NoError(t, err)
	require.NoError(t, reflected.Send(&reflectionv1.ServerReflectionRequest{
		MessageRequest: &reflectionv1.ServerReflectionRequest_ListServices{},
	}))
	_, err = reflected.Recv()
	require.NoError(t, err, "reflection answers")

	f.server.SetReady(true)
	require.NoError(t, f.get(t))
	f.server.SetReady(false)
	require.NoError(t, f.get(t), "an outage later is a call's own to report")
}

func TestAStopLetsACallFinish(t *testing.T) {
	t.Parallel()
	begun := make(chan struct{})
	f := setup(t, &service{get: func(context.Context) error {
		close(begun)
		time.Sleep(200 * time.Millisecond)
		return nil
	}})
	answered := make(chan error, 1)
	go func() { answered <- f.get(t) }()
	<-begun
	f.stop()
	require.NoError(t, <-answered)
	require.NoError(t, <-f.stopped)
}

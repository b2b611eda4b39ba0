package grpcserver_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/telemetry"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// answering is a server that the test shapes before it serves.
func answering(t *testing.T, svc ingestv1.IngestServiceServer, shape func(*grpcserver.Server), dial ...grpc.DialOption) (ingestv1.IngestServiceClient, healthv1.HealthClient, func(), chan error) {
	t.Helper()
	srv, err := grpcserver.New(telemetry.Discard())
	require.NoError(t, err)
	ingestv1.RegisterIngestServiceServer(srv, svc)
	shape(srv)
	lis, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(ctx, lis) }()
	conn, err := grpcserver.Dial(lis.Addr().String(), dial...)
	require.NoError(t, err)
	t.Cleanup(func() { stop(); _ = conn.Close() })
	return ingestv1.NewIngestServiceClient(conn), healthv1.NewHealthClient(conn), stop, ended
}

// wide answers a batch of so many bytes.
type wide struct {
	ingestv1.UnimplementedIngestServiceServer
	bytes int
}

func (w *wide) GetBatch(context.Context, *ingestv1.GetBatchRequest) (*ingestv1.GetBatchResponse, error) {
	return &ingestv1.GetBatchResponse{Batch: &ingestv1.Batch{Source: strings.Repeat("x", w.bytes)}}, nil
}

func TestAnAnswerAsLargeAsAMessageMayBeComesWhole(t *testing.T) {
	t.Parallel()
	const most = grpcserver.MaxMessage - 64
	client, _, _, _ := answering(t, &wide{bytes: most}, func(*grpcserver.Server) {})

	got, err := client.GetBatch(t.Context(), &ingestv1.GetBatchRequest{Batch: "bat_1"})

	require.NoError(t, err)
	require.Len(t, got.GetBatch().GetSource(), most)
}

func TestWhatIsTooLargeForAMessageIsNoOutage(t *testing.T) {
	t.Parallel()
	client, _, _, _ := answering(t, &wide{bytes: grpcserver.MaxMessage}, func(*grpcserver.Server) {}, grpcserver.Named("ingest", "ingest:7101")...)

	_, answer := client.GetBatch(t.Context(), &ingestv1.GetBatchRequest{Batch: "bat_1"})
	_, request := client.GetBatch(t.Context(), &ingestv1.GetBatchRequest{Batch: "bat_" + strings.Repeat("x", grpcserver.MaxMessage)})

	for name, err := range map[string]error{"answer": answer, "request": request} {
		require.True(t, problem.Is(err, problem.MessageTooLarge), "%s: %v", name, err)
		require.False(t, problem.Transient(err), "%s: another try ends the same", name)
	}
}

// waiting answers once it is let go, or cut off.
type waiting struct {
	ingestv1.UnimplementedIngestServiceServer
	begun, goOn chan struct{}
}

func (w *waiting) GetBatch(ctx context.Context, _ *ingestv1.GetBatchRequest) (*ingestv1.GetBatchResponse, error) {
	return &ingestv1.GetBatchResponse{}, w.wait(ctx)
}

// ListBatches takes a token that no rule bounds.
func (w *waiting) ListBatches(ctx context.Context, _ *ingestv1.ListBatchesRequest) (*ingestv1.ListBatchesResponse, error) {
	return &ingestv1.ListBatchesResponse{}, w.wait(ctx)
}

func (w *waiting) wait(ctx context.Context) error {
	w.begun <- struct{}{}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-w.goOn:
		return nil
	}
}

func newWaiting() *waiting { return &waiting{begun: make(chan struct{}, 9), goOn: make(chan struct{})} }

func TestAStopCutsOffWhatDoesNotEnd(t *testing.T) {
	t.Parallel()
	w := newWaiting()
	client, _, stop, ended := answering(t, w, func(s *grpcserver.Server) { s.Drain = grpcserver.Drain{Limit: 200 * time.Millisecond} })
	answered := make(chan error, 1)
	go func() {
		_, err := client.GetBatch(t.Context(), &ingestv1.GetBatchRequest{Batch: "bat_1"})
		answered <- err
	}()
	<-w.begun

	stop()

	require.NoError(t, <-ended)
	require.True(t, problem.Transient(<-answered), "who called may send it again")
}

// TestWhileAStopWaitsNewCallsAreAnswered keeps a load balancer's clients from errors
// until it sends nobody any more.
func TestWhileAStopWaitsNewCallsAreAnswered(t *testing.T) {
	t.Parallel()
	w := newWaiting()
	close(w.goOn)
	client, health, stop, ended := answering(t, w, func(s *grpcserver.Server) {
		s.SetReady(true)
		s.Drain = grpcserver.Drain{Wait: 4 * time.Second, Limit: time.Second}
	})
	ready := func() healthv1.HealthCheckResponse_ServingStatus {
		r, err := health.Check(t.Context(), &healthv1.HealthCheckRequest{})
		require.NoError(t, err)
		return r.GetStatus()
	}
	require.Equal(t, healthv1.HealthCheckResponse_SERVING, ready())

	stop()

	require.Eventually(t, func() bool { return ready() == healthv1.HealthCheckResponse_NOT_SERVING }, 3*time.Second, 10*time.Millisecond)
	_, err := client.GetBatch(t.Context(), &ingestv1.GetBatchRequest{Batch: "bat_1"})
	require.NoError(t, err)
	require.NoError(t, <-ended)
	_, err = client.GetBatch(t.Context(), &ingestv1.GetBatchRequest{Batch: "bat_1"})
	require.True(t, problem.Transient(err), "%v", err)
}

func TestAServiceThatDoesNotAnswerInTimeIsNamed(t *testing.T) {
	t.Parallel()
	w := newWaiting()
	client, _, _, _ := answering(t, w, func(*grpcserver.Server) {}, grpcserver.Named("ingest", "dns:///ingest:7101")...)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()

	_, err := client.GetBatch(ctx, &ingestv1.GetBatchRequest{Batch: "bat_1"})

	require.EqualError(t, err, "the ingest service at dns:///ingest:7101 did not answer in time")
	require.Equal(t, "ingest", problem.FromError(err).Metadata["service"])
}

// ending ends a stream with an error.
type ending struct {
	ingestv1.UnimplementedIngestServiceServer
	err    error
	panics bool
}

func (e *ending) Stage(*ingestv1.StageRequest, grpc.ServerStreamingServer[ingestv1.StageResponse]) error {
	if e.panics {
		panic("out of ideas")
	}
	return e.err
}

// stageRequest keeps every rule of its fields.
func stageRequest() *ingestv1.StageRequest {
	return &ingestv1.StageRequest{
		Context: &stepv1.StepContext{Run: "run_1", RequestedBy: "ann", Fence: &stepv1.Fence{Dataset: "shop", Number: 1}},
		Batch:   "bat_1", AsOf: "2024-01-31", Source: "/data", DatasetVersion: "v1",
		Dataset: &datasetv1.Dataset{
			Name: "shop", Calendar: &datasetv1.Calendar{Period: datasetv1.Period_PERIOD_MONTH_END},
			Tables: []*datasetv1.Table{{Name: "users", Key: []string{"id"}, Columns: []*datasetv1.Column{{Name: "id", Type: "text"}}}},
		},
	}
}

func staging(t *testing.T, e *ending) error {
	t.Helper()
	client, _, _, _ := answering(t, e, func(*grpcserver.Server) {}, grpcserver.Named("ingest", "ingest:7101")...)
	stream, err := client.Stage(t.Context(), stageRequest())
	require.NoError(t, err)
	_, err = stream.Recv()
	return err
}

func TestAStreamsErrorsAreWhatTheServiceSaid(t *testing.T) {
	t.Parallel()
	own := problem.New(problem.ServiceUnavailable, "ingest waits for the disk").With("disk", "sda")

	err := staging(t, &ending{err: own})

	require.True(t, problem.Is(err, problem.ServiceUnavailable))
	require.Equal(t, "ingest waits for the disk", problem.FromError(err).Message, "its own words, not that it cannot be reached")
	require.Equal(t, "sda", problem.FromError(err).Metadata["disk"])
	away := staging(t, &ending{err: status.Error(codes.Unavailable, "transport is closing")})
	require.EqualError(t, away, "the ingest service cannot be reached at ingest:7101: transport is closing")
	require.True(t, problem.Is(staging(t, &ending{err: errors.New("odd")}), problem.Internal))
}

func TestAPanicInAStreamIsAnErrorOfItsCall(t *testing.T) {
	t.Parallel()
	err := staging(t, &ending{panics: true})

	require.True(t, problem.Is(err, problem.Internal))
	require.ErrorContains(t, err, "out of ideas")
}

func TestAStreamsRequestIsHeldToItsRules(t *testing.T) {
	t.Parallel()
	client, _, _, _ := answering(t, &ending{err: errors.New("the service has seen it")}, func(*grpcserver.Server) {})
	req := stageRequest()
	req.AsOf, req.Batch = "31.01.2024", ""
	stream, err := client.Stage(t.Context(), req)
	require.NoError(t, err)

	_, err = stream.Recv()

	require.True(t, problem.Is(err, problem.InvalidRequest), "%v", err)
	require.ErrorContains(t, err, "as_of: want YYYY-MM-DD, such as 2024-01-31")
	require.ErrorContains(t, err, "batch: missing")
	require.Len(t, problem.FromError(err).Violations, 2)
}

func TestEveryAnswerIsOfARequestWithAName(t *testing.T) {
	t.Parallel()
	seen := make(chan string, 2)
	client, _, _, _ := answering(t, &echo{seen: seen}, func(*grpcserver.Server) {})
	named := metadata.AppendToOutgoingContext(t.Context(), grpcserver.RequestIDKey, "nightly-7")

	_, err := client.GetBatch(named, &ingestv1.GetBatchRequest{Batch: "bat_1"})
	require.NoError(t, err)
	_, err = client.GetBatch(t.Context(), &ingestv1.GetBatchRequest{Batch: "bat_1"})
	require.NoError(t, err)

	require.Equal(t, "nightly-7", <-seen, "what the service calls in turn is of the same request")
	require.Regexp(t, "^req_[0-9a-z]{26}$", <-seen, "one is made up where the caller named none")
}

// echo tells under which request it would call others.
type echo struct {
	ingestv1.UnimplementedIngestServiceServer
	seen chan string
}

func (e *echo) GetBatch(ctx context.Context, _ *ingestv1.GetBatchRequest) (*ingestv1.GetBatchResponse, error) {
	md, _ := metadata.FromOutgoingContext(ctx)
	e.seen <- strings.Join(md.Get(grpcserver.RequestIDKey), ",")
	return &ingestv1.GetBatchResponse{}, nil
}

package quality_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"

	"github.com/streamflow/streamflow/dataset/expectation"
	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/platform/fence"
	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/pgtest"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/quality"
	"github.com/streamflow/streamflow/services/quality/internal/deliver"
)

// suite is the service behind a real connection, on a database of its own.
type suite struct {
	db     *pgtest.Database
	client qualityv1.QualityServiceClient
	fence  fence.Fence
}

const datasetName = "shop"

func setup(tb testing.TB) *suite {
	tb.Helper()
	db := pgtest.New(tb)
	log := slog.New(slog.DiscardHandler)
	svc, err := quality.New(quality.Config{}, daemon.Deps{Pool: db.Pool(tb, "sf_quality"), Log: log})
	require.NoError(tb, err)
	tb.Cleanup(svc.Close)
	srv, err := grpcserver.New(log)
	require.NoError(tb, err)
	svc.Register(srv)
	return &suite{db: db, client: qualityv1.NewQualityServiceClient(serve(tb, srv)), fence: db.Fence(tb, datasetName)}
}

// serve runs the server until the test ends, and returns a connection to it.
func serve(tb testing.TB, srv *grpcserver.Server) *grpc.ClientConn {
	tb.Helper()
	var lc net.ListenConfig
	lis, err := lc.Listen(context.Background(), "tcp", "127.0.0.1:0")
	require.NoError(tb, err)
	ctx, stop := context.WithCancel(context.Background())
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return srv.Serve(ctx, lis) })
	conn, err := grpcserver.Dial(lis.Addr().String())
	require.NoError(tb, err)
	tb.Cleanup(func() {
		require.NoError(tb, conn.Close())
		stop()
		require.NoError(tb, g.Wait())
	})
	return conn
}

// orders is a table with one expectation of each severity.
func orders(tb testing.TB) *datasetv1.Table {
	tb.Helper()
	table := deliver.Table("orders", "id text", "amount numeric", "state text")
	deliver.Expect(tb, table, expectation.TableColumnsToMatchSet, map[string]any{"column_set": []any{"id", "amount", "state"}})
	deliver.Expect(tb, table, expectation.ColumnValuesToBeBetween, map[string]any{"column": "amount", "min_value": 0})
	deliver.Expect(tb, table, expectation.ColumnValuesToBeInSet, map[string]any{"column": "state", "value_set": []any{"open", "paid"}})
	table.Expectations[2].Severity = datasetv1.Severity_SEVERITY_WARNING
	return table
}

// request asks for a batch of a dataset of tables to be judged.
func (s *suite) request(tables []*datasetv1.Table, delivered ...*stepv1.DeliveredTable) *qualityv1.ValidateRequest {
	return &qualityv1.ValidateRequest{
		Context:        &stepv1.StepContext{Run: "run_1", Fence: s.fence.Proto(), RequestedBy: "a test"},
		Validation:     ident.New(ident.Validation),
		Batch:          "bat_1",
		AsOf:           "2024-01-31",
		Dataset:        &datasetv1.Dataset{Name: datasetName, Calendar: &datasetv1.Calendar{Period: datasetv1.Period_PERIOD_MONTH_END}, Tables: tables},
		DatasetVersion: "v1",
		Tables:         delivered,
	}
}

// validate makes the call, and returns the validation and the progress before it.
func (s *suite) validate(tb testing.TB, req *qualityv1.ValidateRequest) (*qualityv1.Validation, []*stepv1.Progress, error) {
	tb.Helper()
	stream, err := s.client.Validate(context.Background(), req)
	require.NoError(tb, err)
	var progress []*stepv1.Progress
	var v *qualityv1.Validation
	for {
		m, err := stream.Recv()
		if err == io.EOF { //nolint:errorlint // gRPC returns it bare
			return v, progress, nil
		}
		if err != nil {
			return nil, progress, err
		}
		require.Nil(tb, v, "the result is the last message")
		if m.GetProgress() != nil {
			progress = append(progress, m.GetProgress())
		}
		v = m.GetResult().GetValidation()
	}
}

// mustValidate is validate where nothing may go wrong.
func (s *suite) mustValidate(tb testing.TB, req *qualityv1.ValidateRequest) *qualityv1.Validation {
	tb.Helper()
	v, _, err := s.validate(tb, req)
	require.NoError(tb, err)
	return v
}

package door_test

import (
	"context"
	"crypto/x509"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/streamflow/streamflow/platform/door"
	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/ownca"
	"github.com/streamflow/streamflow/platform/telemetry"
	"github.com/streamflow/streamflow/platform/tlsfiles"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

const (
	secret  = "0123456789abcdef0123456789abcdef"
	another = "fedcba9876543210fedcba9876543210"
)

// ingest counts the calls that reach it.
type ingest struct {
	ingestv1.UnimplementedIngestServiceServer
	reached atomic.Int64
}

func (i *ingest) GetBatch(context.Context, *ingestv1.GetBatchRequest) (*ingestv1.GetBatchResponse, error) {
	i.reached.Add(1)
	return &ingestv1.GetBatchResponse{}, nil
}

func (i *ingest) Stage(_ *ingestv1.StageRequest, out grpc.ServerStreamingServer[ingestv1.StageResponse]) error {
	i.reached.Add(1)
	return out.Send(&ingestv1.StageResponse{})
}

// open makes a door, and ends the test where it cannot be made.
func open(t *testing.T, name string, cfg door.Config) *door.Door {
	t.Helper()
	d, err := door.Open(name, cfg, telemetry.Discard())
	require.NoError(t, err)
	return d
}

// serve answers behind a door until the test ends.
func serve(t *testing.T, d *door.Door) (svc *ingest, address string) {
	t.Helper()
	svc = &ingest{}
	srv, err := grpcserver.New(telemetry.Discard(), d.Server()...)
	require.NoError(t, err)
	srv.Guard(d)
	ingestv1.RegisterIngestServiceServer(srv, svc)
	srv.SetReady(true)
	lis, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan struct{})
	go func() { defer close(ended); _ = srv.Serve(ctx, lis) }()
	t.Cleanup(func() { stop(); srv.Stop(); <-ended })
	return svc, lis.Addr().String()
}

// dial connects through a caller's door.
func dial(t *testing.T, address string, opts ...grpc.DialOption) *grpc.ClientConn {
	t.Helper()
	conn, err := grpcserver.Dial(address, opts...)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// shop is as much of a dataset as the rules of its fields ask for.
var shop = &datasetv1.Dataset{
	Name: "shop", Calendar: &datasetv1.Calendar{Period: datasetv1.Period_PERIOD_MONTH_END},
	Tables: []*datasetv1.Table{{Name: "users", File: "users.csv", Key: []string{"id"}, Columns: []*datasetv1.Column{{Name: "id", Type: "text"}}}},
}

// read calls what the gateway may call, and stage what it may not.
func read(ctx context.Context, conn *grpc.ClientConn) error {
	_, err := ingestv1.NewIngestServiceClient(conn).GetBatch(ctx, &ingestv1.GetBatchRequest{Batch: "bat_1"})
	return err
}

func stage(ctx context.Context, conn *grpc.ClientConn) error {
	stream, err := ingestv1.NewIngestServiceClient(conn).Stage(ctx, &ingestv1.StageRequest{
		Context: &stepv1.StepContext{Run: "run_1", Fence: &stepv1.Fence{Dataset: "shop", Number: 1}, RequestedBy: "ana"},
		Batch:   "bat_1", Dataset: shop, DatasetVersion: "sha256:1", AsOf: "2024-01-31", Source: "file:///data",
	})
	if err != nil {
		return err
	}
	_, err = stream.Recv()
	return err
}

// authority makes a CA.
func authority(t *testing.T) *ownca.CA {
	t.Helper()
	ca, err := ownca.New()
	require.NoError(t, err)
	return ca
}

// issue makes a certificate in a folder of its own.
func issue(t *testing.T, ca *ownca.CA, r ownca.Request) tlsfiles.Files {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, ca.Issue(dir, r))
	return filesIn(dir)
}

func filesIn(dir string) tlsfiles.Files {
	return tlsfiles.Files{Cert: filepath.Join(dir, ownca.CertFile), Key: filepath.Join(dir, ownca.KeyFile), CA: filepath.Join(dir, ownca.CAFile)}
}

func of(names ...string) ownca.Request { return ownca.Request{Names: names} }

// secretFile writes a file that a door takes.
func secretFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "peer")
	replace(t, path, text)
	return path
}

func replace(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(path+".new", []byte(text), 0o600))
	require.NoError(t, os.Rename(path+".new", path))
}

func pool(t *testing.T, path string) *x509.CertPool {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	p := x509.NewCertPool()
	require.True(t, p.AppendCertsFromPEM(text))
	return p
}

// Package backend is the connections to the services behind the gateway.
package backend

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc"

	"github.com/streamflow/streamflow/platform/grpcserver"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// Addresses says where the services answer gRPC.
type Addresses struct {
	Ingest, Quality, Snapshot, Orchestrator string
}

// Service is one service behind the gateway.
type Service struct {
	// Name is the service's, as in ingest.
	Name string
	// Address is where it is looked for.
	Address string
	// Conn is shared by everything that calls it.
	Conn *grpc.ClientConn
	// Desc is its gRPC description.
	Desc *grpc.ServiceDesc
}

// Set is every service behind the gateway.
type Set struct {
	Orchestrator orchestratorv1.OrchestratorServiceClient
	Ingest       ingestv1.IngestServiceClient
	Quality      qualityv1.QualityServiceClient
	Snapshot     snapshotv1.SnapshotServiceClient

	services []Service
}

// Guard decides about every call on the connections before anything else sees it.
type Guard interface {
	Unary(ctx context.Context, method string, req, resp any, conn *grpc.ClientConn, call grpc.UnaryInvoker, opts ...grpc.CallOption) error
	Stream(ctx context.Context, desc *grpc.StreamDesc, conn *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error)
}

// Dial makes the connections. It does not wait for the services. A guard, where given,
// decides about every call; by gives options of the connection to a service by its name, nil
// where there are none.
func Dial(a Addresses, guard Guard, by func(service string) []grpc.DialOption) (*Set, error) {
	s := &Set{services: []Service{
		{Name: "ingest", Address: a.Ingest, Desc: &ingestv1.IngestService_ServiceDesc},
		{Name: "quality", Address: a.Quality, Desc: &qualityv1.QualityService_ServiceDesc},
		{Name: "snapshot", Address: a.Snapshot, Desc: &snapshotv1.SnapshotService_ServiceDesc},
		{Name: "orchestrator", Address: a.Orchestrator, Desc: &orchestratorv1.OrchestratorService_ServiceDesc},
	}}
	for i := range s.services {
		svc := &s.services[i]
		var opts []grpc.DialOption
		if guard != nil {
			opts = append(opts, grpc.WithChainUnaryInterceptor(guard.Unary), grpc.WithChainStreamInterceptor(guard.Stream))
		}
		opts = append(opts, grpcserver.Named(svc.Name, svc.Address)...)
		opts = append(opts, grpc.WithChainUnaryInterceptor(s.explained, s.declaredOnce, s.unlessUnknown(svc.Name == "orchestrator"), unsealed),
			grpc.WithChainStreamInterceptor(s.declared, unsealedStream))
		if by != nil {
			opts = append(opts, by(svc.Name)...)
		}
		conn, err := grpcserver.Dial(svc.Address, opts...)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", svc.Name, err), s.Close())
		}
		svc.Conn = conn
	}
	s.Ingest = ingestv1.NewIngestServiceClient(s.services[0].Conn)
	s.Quality = qualityv1.NewQualityServiceClient(s.services[1].Conn)
	s.Snapshot = snapshotv1.NewSnapshotServiceClient(s.services[2].Conn)
	s.Orchestrator = orchestratorv1.NewOrchestratorServiceClient(s.services[3].Conn)
	return s, nil
}

// Services returns the services, in the order of a run.
func (s *Set) Services() []Service { return s.services }

// Close closes the connections.
func (s *Set) Close() error {
	var errs []error
	for _, svc := range s.services {
		if svc.Conn != nil {
			errs = append(errs, svc.Conn.Close())
		}
	}
	return errors.Join(errs...)
}

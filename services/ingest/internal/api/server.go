// Package api answers the RPCs of streamflow.ingest.v1: each checks its request, calls
// the domain, and answers. There is one file per RPC.
package api

import (
	"context"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/fence"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
	"github.com/streamflow/streamflow/services/ingest/internal/erase"
	"github.com/streamflow/streamflow/services/ingest/internal/expand"
	"github.com/streamflow/streamflow/services/ingest/internal/progress"
	"github.com/streamflow/streamflow/services/ingest/internal/publish"
	"github.com/streamflow/streamflow/services/ingest/internal/stage"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

// Server implements IngestService.
type Server struct {
	ingestv1.UnimplementedIngestServiceServer
	pool      *postgres.Pool
	stager    *stage.Stager
	publisher *publish.Publisher
	resolver  declared.Resolver
	expander  *expand.Expander
	eraser    *erase.Eraser
}

// New returns a server that stages with the stager and publishes with the publisher.
func New(pool *postgres.Pool, stager *stage.Stager, publisher *publish.Publisher, expander *expand.Expander, eraser *erase.Eraser) *Server {
	return &Server{pool: pool, stager: stager, publisher: publisher, expander: expander, eraser: eraser}
}

// admit is the beginning of every step that concerns a dataset: its fence must be the
// dataset's, and live, and none of its tables another dataset's.
func (s *Server) admit(ctx context.Context, step *stepv1.StepContext, m *datasetv1.Dataset) (fence.Fence, *declared.Dataset, error) {
	f := fence.Of(step.GetFence())
	if f.Dataset != m.GetName() {
		return f, nil, problem.New(problem.InvalidRequest, "the fence is of dataset %s, and the request is for %s", f.Dataset, m.GetName()).
			Violate("context.fence.dataset", "is %s, not %s", f.Dataset, m.GetName())
	}
	if err := f.Check(ctx, s.pool); err != nil {
		return f, nil, err
	}
	d, err := s.resolver.Of(m)
	if err != nil {
		return f, nil, err
	}
	return f, d, store.Owners.Check(ctx, s.pool, d.Name, d.Live())
}

// checkAsOf refuses what has the shape of a date and is none, such as 2024-02-31.
func checkAsOf(asOf string) error {
	if _, err := dataset.ParseAsOf(asOf); err != nil {
		return problem.Wrap(err, problem.InvalidRequest, "as_of: %v", err).Violate("as_of", "%v", err)
	}
	return nil
}

// reporter sends progress as messages of a stream. A message that cannot be sent has
// no listener any more; the stream's context ends the work.
func reporter[M any](stream interface{ Send(*M) error }, wrap func(*stepv1.Progress) *M) progress.Func {
	return progress.Throttle(func(p *stepv1.Progress) { _ = stream.Send(wrap(p)) })
}

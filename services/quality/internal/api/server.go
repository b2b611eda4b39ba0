// Package api answers the RPCs of the quality service: it checks a request, calls
// the rooms that do the work, and gives an error its reason.
package api

import (
	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/postgres"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	"github.com/streamflow/streamflow/services/quality/internal/evaluate"
	"github.com/streamflow/streamflow/services/quality/internal/store"
)

// Server implements the quality service.
type Server struct {
	qualityv1.UnimplementedQualityServiceServer
	pool      *postgres.Pool
	store     *store.Store
	evaluator *evaluate.Evaluator
	linted    dataset.Linted
}

// New returns the server. pool is where fences are asserted and results are written.
func New(pool *postgres.Pool, s *store.Store, e *evaluate.Evaluator) *Server {
	return &Server{pool: pool, store: s, evaluator: e}
}

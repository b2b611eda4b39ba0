// Package api answers the RPCs of the quality service: it checks a request, calls
// the rooms that do the work, and gives an error its reason.
package api

import (
	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/personal"
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
	keys      *personal.Keys
}

// New returns the server. pool is where fences are asserted and results are written; keys are
// those by which personal values are shown.
func New(pool *postgres.Pool, s *store.Store, e *evaluate.Evaluator, keys *personal.Keys) *Server {
	return &Server{pool: pool, store: s, evaluator: e, keys: keys}
}

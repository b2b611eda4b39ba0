// Package api answers the RPCs of the quality service: it checks a request, calls
// the rooms that do the work, and gives an error its reason.
package api

import (
	"errors"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/streamflow/streamflow/platform/problem"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	"github.com/streamflow/streamflow/services/quality/internal/evaluate"
	"github.com/streamflow/streamflow/services/quality/internal/store"
)

// Server implements the quality service.
type Server struct {
	qualityv1.UnimplementedQualityServiceServer
	pool      *pgxpool.Pool
	store     *store.Store
	evaluator *evaluate.Evaluator
}

// New returns the server. pool is where fences are asserted and results are written.
func New(pool *pgxpool.Pool, s *store.Store, e *evaluate.Evaluator) *Server {
	return &Server{pool: pool, store: s, evaluator: e}
}

// reason gives an error of the store the one that callers may rely on.
func reason(err error, id string) error {
	switch {
	case errors.Is(err, store.ErrNotFound):
		return problem.Wrap(err, problem.ValidationNotFound,
			"no validation has the identifier %s; the run that made one names it", id).With("validation", id)
	case errors.Is(err, store.ErrAmbiguous):
		return problem.Wrap(err, problem.AmbiguousID,
			"several validations begin with %s; give more of the identifier", id).With("validation", id)
	}
	return err
}

package api

import (
	"context"
	"time"

	"github.com/streamflow/streamflow/platform/problem"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
	"github.com/streamflow/streamflow/services/snapshot/internal/verify"
)

// proven returns BASE_MOVED where a base does not hold what was stamped: what is laid over it
// would be as wrong, and would be stamped as sound. Its rows are read once, as verify reads
// them: neither their number nor who wrote them tells a value that somebody changed, or two
// columns that exchanged their names.
func (s *Server) proven(ctx context.Context, b *stepv1.Base, e store.Entry) error {
	f, err := s.verifier.Current(ctx, e)
	if err != nil || !f.State.Wrong() {
		return err
	}
	mend, err := s.mendBase(ctx, f)
	if err != nil {
		return err
	}
	return problem.New(problem.BaseMoved, "%s stands on %s as of %s, which is not as it was stamped: %s; %s; nothing was written",
		b.GetTable(), b.GetSnapshot(), b.GetAsOf(), f.Found, mend).
		With("dataset", e.Dataset).With("table", b.GetTable()).With("snapshot", b.GetSnapshot()).With("as_of", b.GetAsOf()).
		Violate(b.GetSnapshot(), "%s", f.Found)
}

// mendBase says what to do about a base. One that was delivered whole is delivered whole again.
func (s *Server) mendBase(ctx context.Context, f verify.Finding) (string, error) {
	if f.State == verify.Detached || len(f.Erased) > 0 {
		return f.Mend, nil
	}
	over, err := store.StoodOnBy(ctx, s.pool, f.Entry)
	if err != nil {
		return "", err
	}
	again := "--restage"
	if len(over) == 0 {
		again += " --full-extract"
	}
	first := ""
	if f.State == verify.Tampered && f.Rows == nil {
		first = "where a column only has another name by now, give it its own back; otherwise "
	}
	return first + "start the run of " + f.Entry.AsOf.Format(time.DateOnly) + " again with " + again + " from the files that it was stamped from, which writes its rows again; or restore " +
		f.Entry.Relation.String() + " from a backup; then start this run again", nil
}

package api

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/erasing"
	"github.com/streamflow/streamflow/platform/fence"
	"github.com/streamflow/streamflow/platform/personal"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/quality/internal/erase"
	"github.com/streamflow/streamflow/services/quality/internal/store"
)

// Erase does one phase of an erase in what validations list of rows. Of finding keys, and of
// forgetting them, it has no part.
func (s *Server) Erase(ctx context.Context, req *qualityv1.EraseRequest) (*qualityv1.EraseResponse, error) {
	f, d := fence.Of(req.GetContext().GetFence()), req.GetDataset()
	if f.Dataset != d.GetName() {
		return nil, problem.New(problem.InvalidRequest, "the fence is of dataset %s, and the request is for %s", f.Dataset, d.GetName()).
			Violate("context.fence.dataset", "is %s, not %s", f.Dataset, d.GetName())
	}
	r := &stepv1.EraseResult{}
	if req.GetPhase() != stepv1.ErasePhase_ERASE_PHASE_COUNT && req.GetPhase() != stepv1.ErasePhase_ERASE_PHASE_ERASE {
		return &qualityv1.EraseResponse{Result: r}, f.Check(ctx, s.pool)
	}
	err := f.Tx(ctx, s.pool, func(ctx context.Context, conn *pgx.Conn) error {
		tables := personal.Tables(d, dataset.Personal(d))
		keys, err := erasing.Keys{In: relation.Of(req.GetKeys()), Run: req.GetContext().GetRun(), Dataset: d.GetName()}.
			All(ctx, conn, func(table string, key []string) [][]string { return s.keys.Forms(tables[table], key) }, s.keys.Opener(d.GetName()))
		if err != nil {
			return err
		}
		for _, t := range d.GetTables() {
			for _, to := range t.GetReferences() {
				keys.Refer(t.GetName(), to.GetTable())
			}
		}
		look := req.GetPhase() == stepv1.ErasePhase_ERASE_PHASE_COUNT
		n, err := store.Revise(ctx, conn, d.GetName(), look, func(v *qualityv1.Validation) int { return erase.Of(v, keys) })
		if n > 0 {
			r.Rows = append(r.Rows, &stepv1.ErasedRows{From: stepv1.ErasedFrom_ERASED_FROM_VALIDATION, Rows: n})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return &qualityv1.EraseResponse{Result: r}, nil
}

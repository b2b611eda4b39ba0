package publish

import (
	"context"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/standing"
)

// leave records how the live tables are left: the same files again are called unchanged
// only where they are found so.
func (w *work) leave(ctx context.Context) error {
	rows := map[relation.Relation]int64{}
	for _, t := range w.tables() {
		rows[t.Live] = w.live[t.Name].Rows + t.counts.GetInserted() - t.counts.GetDeleted() - t.counts.GetWithdrawn()
	}
	return standing.Leave(ctx, w.conn, w.req.Dataset, w.batch.GetId(), rows)
}

// stillStands makes sure that the rows of a batch that writes none are there. They were
// when its files were looked at, and somebody may have taken them away since.
func (w *work) stillStands(ctx context.Context) error {
	stands, err := standing.Live(ctx, w.conn, w.req.Dataset, w.batch.GetAsOf(), standing.AtAGlance)
	if err != nil {
		return err
	}
	if !stands {
		return problem.New(problem.StagingLost, "live does not hold any more what batch %s found unchanged", w.batch.GetId()).
			With("batch", w.batch.GetId())
	}
	return standing.LeaveAsFound(ctx, w.conn, w.req.Dataset, w.batch.GetId())
}

package publish

import (
	"context"
	"fmt"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

// sayReplaced warns of files that others of the as_of have replaced since they were
// published, and that change live back. History refuses what it keeps; of a column that no
// snapshot has, nobody else would say so.
func (w *work) sayReplaced(ctx context.Context) error {
	changed := w.changing()
	if w.corrects || w.req.Supersede || w.batch.GetRollback() != nil || changed == 0 {
		return nil
	}
	before, err := store.SameFiles(ctx, w.conn, w.batch)
	if err != nil || before == "" {
		return err
	}
	last, err := store.LastPublished(ctx, w.conn, w.batch.GetDataset(), w.batch.GetAsOf())
	if err != nil || last.GetId() == before {
		return err
	}
	// Where the last delivery was itself one that came again, this one mends it.
	if wentBack, err := store.SameFiles(ctx, w.conn, last); err != nil || wentBack != "" {
		return err
	}
	found := fmt.Sprintf("the files of batch %s, which batch %s has replaced since", before, last.GetId())
	w.found = append(w.found, &stepv1.Finding{
		Reason: string(problem.FilesReplaced), Severity: datasetv1.Severity_SEVERITY_WARNING, Count: changed,
		Expected: "the files that were published last for " + w.batch.GetAsOf() + ", or newer ones", Found: found,
		Action: "See whether an old folder was taken by mistake; if so, deliver the files of batch " + last.GetId() + " again. " +
			"Where live is to go back to these, say so with --supersede --reason.",
		Message: fmt.Sprintf("%s: live changes back by %s", found, prose.Count(changed, "row")),
	})
	return nil
}

// changing counts the rows that the batch changes in live.
func (w *work) changing() (n int64) {
	for _, c := range w.batch.GetCounts() {
		n += c.GetInserted() + c.GetUpdated() + c.GetDeleted() + c.GetWithdrawn()
	}
	return n
}

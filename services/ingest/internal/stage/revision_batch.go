package stage

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

// takeFiles gives the batch of a rollback the files whose content it is: delivered again
// they are known, and those of the batch that was rolled back are not.
func (w *work) takeFiles(ctx context.Context) error {
	origin, err := store.Find(ctx, w.Pool, w.batch.GetRollback().GetBatch())
	if err != nil {
		return err
	}
	for _, f := range origin.GetFiles() {
		f.SameAsOf = ""
		w.batch.Files = append(w.batch.Files, f)
	}
	return nil
}

// versionOf is the version of the dataset under which the content of a batch was staged: of
// one that a rollback made, that of the batch whose content it is.
func versionOf(ctx context.Context, s *Stager, b *ingestv1.Batch) (string, error) {
	for b.GetRollback() != nil {
		origin, err := store.Find(ctx, s.Pool, b.GetRollback().GetBatch())
		if err != nil || origin == nil {
			return "", err // nobody knows
		}
		b = origin
	}
	return b.GetDatasetVersion(), nil
}

// mixes is the guard of a rollback: whether it would leave snapshots that were first stamped
// later as they are, beside those that it takes back, and nobody accepts that.
func (w *work) mixes(r Restoring) bool {
	if len(r.Keep) == 0 {
		return false
	}
	var back []string
	for _, s := range r.Target.GetRevisions() {
		back = append(back, s.GetSnapshot())
	}
	w.batch.Findings = append(w.batch.Findings, &stepv1.Finding{
		Reason: string(problem.RollbackMixed), Severity: datasetv1.Severity_SEVERITY_CRITICAL, Count: int64(len(r.Keep)),
		Message: fmt.Sprintf("the date would hold rows of two deliveries: as of %s, nothing was known of %s at %s; what was first stamped later is kept, while %s would be taken back",
			r.AsOf, few(r.Keep), r.Target.GetKnownAt().AsTime().UTC().Format(time.RFC3339), few(back)),
		Expected: "all snapshots of a date of one delivery", Found: few(r.Keep) + " of a later one",
		Action: problem.Lookup(problem.RollbackMixed).Do,
	})
	w.accept()
	return critical(w.batch.GetFindings())
}

// sayAlone adds a notice where live is left, since not every column of its tables can be
// had again.
func (w *work) sayAlone(r Restoring) {
	byName := map[string]*stepv1.RevisedTable{}
	for _, t := range r.Tables {
		byName[t.GetTable()] = t
	}
	none := "no snapshot of it"
	if len(r.Keep) > 0 {
		none = "nothing of it was known then"
	}
	var lacking []string
	for _, t := range r.Dataset.Tables {
		switch from := byName[t.Name]; {
		case from == nil:
			lacking = append(lacking, t.Name+" ("+none+")")
		case len(from.GetLacks()) > 0:
			lacking = append(lacking, t.Name+" without "+few(from.GetLacks()))
		}
	}
	if len(lacking) > 0 {
		w.batch.LiveStays = "the snapshots do not carry every column of the live tables: " + strings.Join(lacking, "; ")
		w.note("live stays as it is, where it holds "+r.AsOf+": "+w.batch.GetLiveStays(), int64(len(lacking)))
	}
}

func (w *work) note(message string, count int64) {
	w.batch.Findings = append(w.batch.Findings, &stepv1.Finding{
		Reason: string(problem.HistoryAlone), Severity: datasetv1.Severity_SEVERITY_INFO, Count: count, Message: message,
		Action: problem.Lookup(problem.HistoryAlone).Do,
	})
}

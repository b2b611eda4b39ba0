package stage

import (
	"context"
	"slices"

	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

// twin is a file whose bytes were published before for another as_of.
type twin struct {
	*ingestv1.BatchFile
	at *store.Elsewhere
}

// markStale looks for files that are the same, byte for byte, as some that were published
// for another as_of, those included that others have replaced there, and adds what they
// weigh: each as its table declares, and all of them together as the dataset does. A file
// without rows is no older than any other.
func (w *work) markStale(ctx context.Context) error {
	var stale []twin
	fresh := 0
	for _, f := range w.batch.GetFiles() {
		c := w.countsOf(f.GetTable())
		if delivered(w.batch, c)+c.GetRejected() == 0 && f.GetSha256() != "" {
			continue
		}
		at, err := w.findElsewhere(ctx, f, c)
		if err != nil {
			return err
		}
		if at == nil {
			fresh++
		} else {
			stale = append(stale, twin{f, at})
		}
	}
	if len(stale) == 0 {
		return nil
	}
	whole := fresh == 0 && !w.req.Partial && len(w.batch.GetFiles()) == len(w.req.Dataset.Tables)
	w.judgeStale(stale, whole)
	return nil
}

// judgeStale adds the findings. What was published for this very as_of before, and is
// delivered again, was judged then.
func (w *work) judgeStale(stale []twin, whole bool) {
	weight := func(declared datasetv1.Severity, judged bool) datasetv1.Severity {
		if judged {
			return datasetv1.Severity_SEVERITY_INFO
		}
		return declared
	}
	judged := !slices.ContainsFunc(stale, func(t twin) bool { return !t.at.Own })
	all := weight(w.req.Dataset.Stale, judged)
	if whole && all != datasetv1.Severity_SEVERITY_INFO {
		w.batch.Findings = append(w.batch.Findings, staleDelivery(stale, w.batch.GetAsOf(), all))
	}
	for _, f := range stale {
		own := datasetv1.Severity_SEVERITY_INFO
		if t := w.req.Dataset.Table(f.GetTable()); t != nil {
			own = weight(t.Stale, f.at.Own)
		}
		if whole && all != datasetv1.Severity_SEVERITY_INFO && own >= all {
			continue // a greater number weighs less: the delivery's finding says it
		}
		w.batch.Findings = append(w.batch.Findings, staleFile(f, w.batch.GetAsOf(), own))
	}
}

func (w *work) countsOf(table string) *stepv1.TableCounts {
	for _, c := range w.batch.GetCounts() {
		if c.GetTable() == table {
			return c
		}
	}
	return nil
}

// findElsewhere notes the other as_of that the file's bytes were published for; nil where
// there is none.
func (w *work) findElsewhere(ctx context.Context, f *ingestv1.BatchFile, c *stepv1.TableCounts) (*store.Elsewhere, error) {
	if f.GetSha256() == "" {
		return nil, nil
	}
	at, err := store.SameElsewhere(ctx, w.Pool, w.batch.GetDataset(), w.batch.GetAsOf(), f)
	if err != nil || at == nil {
		return nil, err
	}
	f.SameAsOf = at.AsOf
	if c != nil {
		c.SameAsOf = at.AsOf
	}
	return at, nil
}

package stage

import (
	"context"
	"fmt"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

// markStale adds a notice for every file that is the same, byte for byte, as the one
// last published for another as_of.
func (w *work) markStale(ctx context.Context) error {
	for _, f := range w.batch.GetFiles() {
		if f.GetSha256() == "" {
			continue
		}
		other, err := store.SameElsewhere(ctx, w.Pool, w.batch.GetDataset(), w.batch.GetAsOf(), f)
		if err != nil {
			return err
		}
		if other == "" {
			continue
		}
		f.SameAsOf = other
		for _, c := range w.batch.GetCounts() {
			if c.GetTable() == f.GetTable() {
				c.SameAsOf = other
			}
		}
		w.batch.Findings = append(w.batch.Findings, staleNotice(f, w.batch.GetAsOf()))
	}
	return nil
}

func staleNotice(f *ingestv1.BatchFile, asOf string) *stepv1.Finding {
	found := "the same, byte for byte, as the file of " + f.GetSameAsOf()
	return &stepv1.Finding{
		Reason: string(problem.StaleExtract), Severity: datasetv1.Severity_SEVERITY_INFO,
		Table: f.GetTable(), File: f.GetName(),
		Expected: "a file made for " + asOf, Found: found,
		Action:  "Ask whoever delivers the files whether the extract was really made anew.",
		Message: fmt.Sprintf("%s is %s", f.GetName(), found),
	}
}

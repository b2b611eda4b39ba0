package stage

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

// markStale looks for files that are the same, byte for byte, as those last published
// for another as_of, and adds what they weigh: each as its table declares, and all of
// them together as the dataset does. A file without rows is no older than any other.
func (w *work) markStale(ctx context.Context) error {
	known, err := w.publishedAgain(ctx, w.batch.GetFiles())
	if err != nil {
		return err
	}
	var stale []*ingestv1.BatchFile
	fresh := 0
	for _, f := range w.batch.GetFiles() {
		c := w.countsOf(f.GetTable())
		if delivered(w.batch, c)+c.GetRejected() == 0 && f.GetSha256() != "" {
			continue
		}
		if err := w.findElsewhere(ctx, f, c); err != nil {
			return err
		}
		if f.GetSameAsOf() == "" {
			fresh++
		} else {
			stale = append(stale, f)
		}
	}
	if len(stale) == 0 {
		return nil
	}
	whole := fresh == 0 && !w.req.Partial && len(w.batch.GetFiles()) == len(w.req.Dataset.Tables)
	w.judgeStale(stale, whole, known)
	return nil
}

// judgeStale adds the findings. What was published for this very as_of before, and is
// delivered again, was judged then.
func (w *work) judgeStale(stale []*ingestv1.BatchFile, whole, known bool) {
	weight := func(declared datasetv1.Severity) datasetv1.Severity {
		if known {
			return datasetv1.Severity_SEVERITY_INFO
		}
		return declared
	}
	all := weight(w.req.Dataset.Stale)
	if whole && all != datasetv1.Severity_SEVERITY_INFO {
		w.batch.Findings = append(w.batch.Findings, staleDelivery(stale, w.batch.GetAsOf(), all))
	}
	for _, f := range stale {
		own := datasetv1.Severity_SEVERITY_INFO
		if t := w.req.Dataset.Table(f.GetTable()); t != nil {
			own = weight(t.Stale)
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

// findElsewhere notes the as_of that the file's bytes were last published for, if any.
func (w *work) findElsewhere(ctx context.Context, f *ingestv1.BatchFile, c *stepv1.TableCounts) error {
	if f.GetSha256() == "" {
		return nil
	}
	other, err := store.SameElsewhere(ctx, w.Pool, w.batch.GetDataset(), w.batch.GetAsOf(), f)
	if err != nil || other == "" {
		return err
	}
	f.SameAsOf = other
	if c != nil {
		c.SameAsOf = other
	}
	return nil
}

func staleFile(f *ingestv1.BatchFile, asOf string, severity datasetv1.Severity) *stepv1.Finding {
	found := "the same, byte for byte, as the file of " + f.GetSameAsOf()
	action := "Ask whoever delivers the files whether the extract was really made anew."
	if severity == datasetv1.Severity_SEVERITY_CRITICAL {
		action += " Where nothing has changed indeed, accept it for one run: --accept STALE_EXTRACT:" + f.GetTable() + "."
	}
	return &stepv1.Finding{
		Reason: string(problem.StaleExtract), Severity: severity,
		Table: f.GetTable(), File: f.GetName(), Count: 1,
		Expected: "a file made for " + asOf, Found: found,
		Action:  action,
		Message: fmt.Sprintf("%s is %s", f.GetName(), found),
	}
}

// staleDelivery is the finding of a delivery of which every file is another as_of's.
func staleDelivery(stale []*ingestv1.BatchFile, asOf string, severity datasetv1.Severity) *stepv1.Finding {
	var names, others []string
	for _, f := range stale {
		names = append(names, f.GetName())
		if !slices.Contains(others, f.GetSameAsOf()) {
			others = append(others, f.GetSameAsOf())
		}
	}
	slices.Sort(others)
	found := fmt.Sprintf("the same, byte for byte, as last published for %s: %s", strings.Join(others, ", "), few(names))
	return &stepv1.Finding{
		Reason: string(problem.StaleExtract), Severity: severity, Count: int64(len(stale)),
		Expected: "files made for " + asOf, Found: found,
		Action: "See that folder and as_of belong together. Where nothing has changed indeed, accept it for one run, --accept STALE_EXTRACT; " +
			"a dataset of which that is often so declares stale: note.",
		Message: fmt.Sprintf("%s: expected files made for %s, found %s", prose.Count(int64(len(stale)), "file"), asOf, found),
	}
}

package step

import (
	"context"
	"strings"

	"github.com/streamflow/streamflow/dataset"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
)

// restamp asks snapshot what the as_of is made again from, and has ingest lay it over what
// stands before by now. Where nothing of the as_of is stale, no step is needed.
func (s *Services) restamp(ctx context.Context, t Task) (run.Outcome, error) {
	found, err := s.snapshot.Restamp(ctx, &snapshotv1.RestampRequest{Context: t.context(), AsOf: t.Run.AsOf, Dataset: t.Dataset})
	if err != nil {
		return run.Outcome{}, err
	}
	later, err := s.NextStale(ctx, t)
	if err != nil {
		return run.Outcome{}, err
	}
	if len(found.GetDeliveries()) == 0 {
		why := "not needed: nothing of " + t.Run.AsOf + " is stale"
		o := run.Outcome{Summary: "nothing of " + t.Run.AsOf + " is stale" + laterLine(later), Skip: map[run.Kind]string{}}
		for _, later := range t.Run.Steps[1:] {
			o.Skip[later.Kind] = why
		}
		return o, nil
	}
	bases, err := s.provenBases(ctx, t)
	if err != nil {
		return run.Outcome{}, err
	}
	stream, err := s.ingest.Restamp(ctx, &ingestv1.RestampRequest{
		Context: t.context(), Batch: t.Run.Batch, Dataset: t.Dataset, DatasetVersion: t.Run.Version, AsOf: t.Run.AsOf,
		Deliveries: found.GetDeliveries(), Bases: bases, Tables: found.GetTables(),
	})
	r, err := last(stream, err, t.Progress, (*ingestv1.RestampResponse).GetResult)
	if err != nil {
		return run.Outcome{}, err
	}
	o := staged(t, r.GetBatch())
	o.Summary += notJudged(t.Dataset, r.GetBatch()) + laterLine(later)
	return o, nil
}

// NextStale names the dates behind that of a run which are stale by now, in their order.
func (s *Services) NextStale(ctx context.Context, t Task) ([]string, error) {
	asOf, err := dataset.ParseAsOf(t.Run.AsOf)
	if err != nil {
		return nil, err
	}
	got, err := s.snapshot.ListStale(ctx, &snapshotv1.ListStaleRequest{Dataset: t.Dataset, From: dataset.FormatAsOf(asOf.AddDate(0, 0, 1))})
	return got.GetAsOf(), err
}

// laterLine names the dates that are made again after this one.
func laterLine(dates []string) string {
	if len(dates) == 0 {
		return ""
	}
	named := dates[:min(len(dates), maxNamed)]
	line := "; stale after it: " + strings.Join(named, ", ")
	if len(named) < len(dates) {
		line += " and later ones, up to " + dates[len(dates)-1]
	}
	return line
}

// remade are the tables that a batch makes again; none of any batch but a restamp's, which
// makes all.
func remade(batch *ingestv1.Batch) []string {
	if batch.GetRestamps() == "" {
		return nil
	}
	var tables []string
	for _, table := range batch.GetTables() {
		if table.GetCandidate().GetDelta() != nil {
			tables = append(tables, table.GetTable())
		}
	}
	return tables
}

// stampable are the tables that a run stamps: of a restamp those that were made again. Of any
// other it is all of them, and none is named.
func (s *Services) stampable(ctx context.Context, t Task) ([]string, error) {
	if !t.Run.Restamp {
		return nil, nil
	}
	batch, err := s.batch(ctx, t.Run.Batch)
	return remade(batch), err
}

package stage

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/streamflow/streamflow/dataset/rename"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/called"
	"github.com/streamflow/streamflow/services/ingest/internal/departure"
	"github.com/streamflow/streamflow/services/ingest/internal/statement"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

// checkDepartures adds a finding for every table of which more keys are missing than it
// allows, compared with live, or with the nearest earlier snapshot where live holds a
// later as_of. Where there is nothing to compare with, a notice says so.
func (w *work) checkDepartures(ctx context.Context, deliveries []*delivery) error {
	watermark, err := store.Watermark(ctx, w.Pool, w.req.Dataset.Name)
	if err != nil {
		return err
	}
	backfill := w.req.AsOf < watermark // dates as YYYY-MM-DD sort as texts
	if backfill {
		again, err := w.publishedAgain(ctx, files(deliveries))
		if again || err != nil {
			return err
		}
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(max(1, w.Workers))
	for _, d := range deliveries {
		if d.candidate() == nil {
			continue
		}
		g.Go(func() error { return w.checkDeparted(gctx, d, backfill) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	if backfill {
		w.sayUnguarded(deliveries, watermark)
	}
	return nil
}

func (w *work) checkDeparted(ctx context.Context, d *delivery, backfill bool) error {
	if d.table.DepartedLimit >= 1 {
		return w.sayUnlimited(ctx, d, backfill)
	}
	w.req.Report(&stepv1.Progress{Table: d.table.Name, Phase: "check departures", RowsTotal: d.counts.GetRows()})
	return pgx.BeginTxFunc(ctx, w.Pool, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, statement.Settings); err != nil {
			return fmt.Errorf("set up the transaction: %w", err)
		}
		before, err := w.before(ctx, tx, d, backfill)
		if err != nil || before == nil {
			return err
		}
		d.compared = true
		return w.judgeDepartures(ctx, tx, d, before)
	})
}

// before is what the delivery is compared with; nil where there is nothing.
func (w *work) before(ctx context.Context, tx pgx.Tx, d *delivery, backfill bool) (*departure.Before, error) {
	if !backfill {
		return departure.Live(ctx, tx, w.req.Dataset.Name, d.table, d.names)
	}
	i := slices.IndexFunc(w.req.Earlier, func(e Earlier) bool { return e.Table == d.table.Name })
	if i < 0 {
		return nil, nil //nolint:nilnil // no earlier snapshot stands
	}
	e := w.req.Earlier[i]
	if slices.ContainsFunc(d.table.Renames.Rings(), func(p rename.Pair) bool { return slices.Contains(d.table.Key, p.To) }) {
		return nil, nil //nolint:nilnil // whether they were exchanged in history too only snapshot knows
	}
	open, err := called.Names{Wanted: d.table.Renames.Paths()}.Open(ctx, tx, e.Relation)
	if err != nil {
		return nil, err
	}
	if ok, err := departure.Readable(ctx, tx, d.table, e.Relation, open); !ok || err != nil {
		return nil, err
	}
	return departure.OfSnapshot(e.Relation, open, e.AsOf, e.Rows), nil
}

// judgeDepartures adds a finding where more keys depart than the table allows.
func (w *work) judgeDepartures(ctx context.Context, tx pgx.Tx, d *delivery, before *departure.Before) error {
	candidate := relation.Of(d.candidate().GetRelation())
	n, err := departure.Count(ctx, tx, w.req.Dataset.Name, d.table, before, candidate, d.rejects.delivered)
	if err != nil {
		return err
	}
	lost, err := before.Lost(ctx, tx, w.req.Dataset.Name, d.table, candidate, d.rejects.delivered)
	if err != nil {
		return err
	}
	if lost.Rows > 0 && (lost.Missing > 0 || !d.lostSaid) {
		d.sayLost(before, lost)
	}
	n += lost.Missing
	if !before.Over(n, d.table.DepartedLimit) {
		return nil
	}
	keys, err := departure.List(ctx, tx, w.req.Dataset.Name, d.table, before, candidate, d.rejects.delivered)
	if err != nil {
		return err
	}
	f := d.find(problem.DeparturesOverLimit, before.Expected(d.table), before.Found(d.table, n), fmt.Sprintf(departedAction, d.table.Name))
	f.Count = n
	for _, k := range keys {
		f.Rows = append(f.Rows, &stepv1.RowLocation{File: d.table.File, Key: d.shownKey(k), Detail: "not in the file"})
	}
	if before.Unpublished() && !d.table.Deletes {
		f.Reason, f.Severity = string(problem.DeparturesUnguarded), datasetv1.Severity_SEVERITY_WARNING
		f.Action = "See that the file is whole. Which of the rows departed long ago nobody knows before the first publish, so it is not refused; from the next one on it is."
	}
	return nil
}

const departedAction = "See that the file is whole: it looks cut short. Where so many keys really departed, accept it for one run, --accept DEPARTURES_OVER_LIMIT:%s, or raise departed_limit; a table whose extract holds one period's own rows declares departed_limit: 1."

// sayLost adds a warning where other hands took rows out of what the delivery is compared
// with: whether it is whole is then told by their number alone.
func (d *delivery) sayLost(before *departure.Before, lost departure.Lost) {
	d.findings = append(d.findings, &stepv1.Finding{
		Reason: string(problem.DeparturesUnguarded), Severity: datasetv1.Severity_SEVERITY_WARNING,
		Table: d.table.Name, File: d.table.File, Count: lost.Rows,
		Message: before.SayLost(d.table, lost),
		Action:  "See who took them out, and that the file is whole.",
	})
}

// sayUnlimited adds a notice where a table is delivered for the first time, or for the
// first time since it declares that it is not guarded.
func (w *work) sayUnlimited(ctx context.Context, d *delivery, backfill bool) error {
	last, err := store.LastDelivered(ctx, w.Pool, w.req.Dataset.Name, d.table.Name)
	if err != nil || backfill || last != nil && len(last.KeyColumns) == 0 {
		return err
	}
	why := "departed_limit: 1"
	if d.table.Incremental {
		why = "extract: incremental, and a key that such an extract lacks has not departed"
	}
	d.findings = append(d.findings, &stepv1.Finding{
		Reason: string(problem.DeparturesUnguarded), Severity: datasetv1.Severity_SEVERITY_INFO,
		Table: d.table.Name, File: d.table.File,
		Message: d.table.File + " is not guarded against being cut short: " + d.table.Name + " declares " + why,
	})
	return nil
}

// sayUnguarded adds a notice that names the tables of a backfill that could not be
// compared with an earlier state.
func (w *work) sayUnguarded(deliveries []*delivery, watermark string) {
	var tables []string
	for _, d := range deliveries {
		if d.candidate() != nil && !d.compared && d.table.DepartedLimit < 1 {
			tables = append(tables, d.table.Name)
		}
	}
	if len(tables) == 0 {
		return
	}
	w.batch.Findings = append(w.batch.Findings, &stepv1.Finding{
		Reason: string(problem.DeparturesUnguarded), Severity: datasetv1.Severity_SEVERITY_INFO,
		Message: fmt.Sprintf("live holds %s, and no earlier snapshot than %s stands of %s: whether keys are missing from the files was not looked at",
			watermark, w.req.AsOf, few(tables)),
	})
}

package stage

import (
	"context"
	"fmt"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/standing"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

// sayAltered adds a finding for every live table that is not as the last publish left it,
// where the files are those of that publish: without it, nothing would say why they are staged
// again, nor that live lost what they hold.
func (w *work) sayAltered(ctx context.Context, deliveries []*delivery) error {
	if known, err := w.publishedAgain(ctx, files(deliveries)); !known || err != nil {
		return err
	}
	last, err := store.LastPublished(ctx, w.Pool, w.req.Dataset.Name, w.req.AsOf)
	if err != nil {
		return err
	}
	batch, asOf, err := store.LiveBatch(ctx, w.Pool, w.req.Dataset.Name)
	if err != nil || asOf != w.req.AsOf || batch != last.GetId() {
		return err // live holds another date, or what a rollback left there
	}
	changes, err := standing.Changes(ctx, w.Pool, w.req.Dataset)
	if postgres.Code(err) == insufficientPrivilege {
		return nil // publishing says why
	}
	if err != nil {
		return err
	}
	for _, d := range deliveries {
		if change, ok := changes[d.table.Live]; ok {
			d.sayAltered(change, last.GetId())
		}
	}
	return nil
}

func (d *delivery) sayAltered(c standing.Change, batch string) {
	live, left := d.table.Live.String(), prose.Count(c.Left, "row")
	f := &stepv1.Finding{
		Reason: string(problem.LiveAltered), Severity: note, Table: d.table.Name, File: d.table.File,
		Expected: fmt.Sprintf("%s in %s, as batch %s left it", left, live, batch), Found: prose.Count(c.Rows, "row"),
		Action: "See who altered it; publishing brings back what the file holds.",
	}
	var why string
	switch {
	case c.Gone:
		f.Severity, f.Count, f.Found = warning, c.Left, "no table"
		why = fmt.Sprintf("%s is gone, which was left with %s", live, left)
	case c.Rows < c.Left:
		f.Severity, f.Count = warning, c.Left-c.Rows
		why = fmt.Sprintf("%s lost %s of %s", live, prose.Number(f.GetCount()), left)
	case c.Rows > c.Left:
		f.Count = c.Rows - c.Left
		why = fmt.Sprintf("%s has %s more than the %s that it was left with", live, prose.Count(f.GetCount(), "row"), prose.Number(c.Left))
	default:
		f.Found += " of which some were written since"
		why = "rows of " + live + " were written since it was published"
	}
	f.Message = fmt.Sprintf("%s is staged again, although it is the file of batch %s: %s", d.table.File, batch, why)
	d.lostSaid = f.GetSeverity() == warning
	d.findings = append(d.findings, f)
}

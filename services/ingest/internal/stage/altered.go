package stage

import (
	"context"
	"fmt"
	"slices"
	"strings"

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

// sayLeftAltered adds a finding for every live table with other columns or another key than the
// last publish left it with, where the as_of is one that live has passed: the delivery leaves
// it as it is, so that nothing else would tell that values are gone or under other names.
func (w *work) sayLeftAltered(ctx context.Context) error {
	batch, asOf, err := store.LiveBatch(ctx, w.Pool, w.req.Dataset.Name)
	if err != nil || w.req.AsOf >= asOf { // dates as YYYY-MM-DD sort as texts
		return err
	}
	tables := slices.Concat(w.req.Dataset.Tables, w.req.Later)
	otherwise, err := standing.Layouts(ctx, w.Pool, w.req.Dataset.Name, tables)
	if err != nil {
		return err
	}
	for _, t := range tables {
		if said := otherwise[t.Live]; len(said) > 0 {
			w.batch.Findings = append(w.batch.Findings, &stepv1.Finding{
				Reason: string(problem.LiveAltered), Severity: warning, Table: t.Name,
				Expected: fmt.Sprintf("%s in the columns in which batch %s left it", t.Live, batch), Found: "others",
				Message: fmt.Sprintf("%s was altered since batch %s was published for %s: it %s; what is delivered for %s leaves it as it is",
					t.Live, batch, asOf, strings.Join(said, ", "), w.req.AsOf),
				Action: fmt.Sprintf("See who altered it; the files of %s, delivered again, bring back what they hold.", asOf),
			})
		}
	}
	return nil
}

func (d *delivery) sayAltered(c standing.Change, batch string) {
	live, left := d.table.Live.String(), prose.Count(c.Left, "row")
	var whys []string
	f := &stepv1.Finding{
		Reason: string(problem.LiveAltered), Severity: note, Table: d.table.Name, File: d.table.File,
		Expected: fmt.Sprintf("%s in %s, as batch %s left it", left, live, batch), Found: prose.Count(c.Rows, "row"),
		Action: "See who altered it; publishing brings back what the file holds.",
	}
	switch {
	case c.Gone:
		f.Severity, f.Count, f.Found = warning, c.Left, "no table"
		whys = append(whys, fmt.Sprintf("%s is gone, which was left with %s", live, left))
	case c.Rows < c.Left:
		f.Severity, f.Count = warning, c.Left-c.Rows
		whys = append(whys, fmt.Sprintf("%s lost %s of %s", live, prose.Number(f.GetCount()), left))
	case c.Rows > c.Left:
		f.Count = c.Rows - c.Left
		whys = append(whys, fmt.Sprintf("%s has %s more than the %s that it was left with", live, prose.Count(f.GetCount(), "row"), prose.Number(c.Left)))
	case c.Written:
		f.Found += " of which some were written since"
		whys = append(whys, "rows of "+live+" were written since it was published")
	}
	d.lostSaid = f.GetSeverity() == warning
	if len(c.Layout) > 0 {
		f.Severity, f.Expected, f.Found = warning, f.GetExpected()+", in the same columns", f.GetFound()+" in others"
		whys = append(whys, live+" "+strings.Join(c.Layout, ", "))
	}
	f.Message = fmt.Sprintf("%s is staged again, although it is the file of batch %s: %s", d.table.File, batch, strings.Join(whys, "; "))
	d.findings = append(d.findings, f)
}

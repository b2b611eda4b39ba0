package stage

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	"github.com/streamflow/streamflow/platform/relation"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
	"github.com/streamflow/streamflow/services/ingest/internal/statement"
)

// checkReferences adds a finding for every reference whose rows have no parent in the
// same delivery. A parent whose file could not be read has findings of its own, and
// says nothing about its children.
func (w *work) checkReferences(ctx context.Context, deliveries []*delivery) error {
	byTable := map[*declared.Table]*delivery{}
	for _, d := range deliveries {
		byTable[d.table] = d
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(max(1, w.Workers))
	for _, child := range deliveries {
		g.Go(func() error {
			for _, r := range child.table.References {
				if parent := byTable[r.Parent]; parent != nil && parent.candidate() != nil && child.candidate() != nil {
					if err := w.checkReference(gctx, child, r, parent); err != nil {
						return err
					}
				}
			}
			return nil
		})
	}
	return g.Wait()
}

// orphan is a row whose parent is not delivered.
type orphan struct {
	refers, key []string
	line        int64
	// alike is the parent that it looks like, and does not refer to; nil where none is.
	alike *keyAt
}

func (w *work) checkReference(ctx context.Context, child *delivery, r declared.Reference, parent *delivery) error {
	w.req.Report(&stepv1.Progress{Table: child.table.Name, Phase: "check references", RowsTotal: child.counts.GetRows()})
	orphans, n, err := w.orphans(ctx, child, r, parent)
	if err != nil {
		return fmt.Errorf("look for rows of %s without a parent in %s: %w", child.table.Name, parent.table.Name, err)
	}
	if n == 0 {
		return nil
	}
	first := orphans[0]
	f := child.find(problem.OrphanedRows,
		fmt.Sprintf("a row of %s for every %s", parent.table.Name, strings.Join(r.Columns, ", ")),
		fmt.Sprintf("%s without one, the first %q on line %d", prose.Count(n, "row"), quotable(strings.Join(cutAll(first.refers), ", ")), first.line),
		mendReferences(orphans, n, parent))
	f.Count, f.Column = n, strings.Join(r.Columns, ", ")
	if parent.counts.GetRejected() > 0 {
		aside := fmt.Sprintf("; rejected rows of %s: %s", parent.table.File, prose.Number(parent.counts.GetRejected()))
		f.Found += aside
		f.Message += aside
	}
	for _, o := range orphans {
		f.Rows = append(f.Rows, o.at(child, r, parent))
	}
	return nil
}

// rejected returns the line of the orphan's parent, where it was delivered and rejected.
func (o orphan) rejected(parent *delivery) (line int64, ok bool) {
	line, ok = parent.rejects.lineOf[joinKey(cutAll(o.refers))]
	return line, ok
}

// mendReferences says what to do about n orphans, of which the first are given: where
// they look like a row of the parent, the two are to be written alike.
func mendReferences(first []orphan, n int64, parent *delivery) string {
	rest := slices.DeleteFunc(slices.Clone(first), func(o orphan) bool { return o.alike != nil })
	if len(rest) == len(first) {
		return mendOrphans(first, n, parent)
	}
	said := "Write references as the keys that they mean are written: they differ only in " + unseenParts + "."
	if left := n - int64(len(first)-len(rest)); left > 0 {
		said += " " + mendOrphans(rest, left, parent)
	}
	return said
}

// mendOrphans says what to do about n orphans, of which the first are given. Where a
// parent was rejected, its row is what has to be mended; a rejected row without a
// legible key may be anybody's parent.
func mendOrphans(first []orphan, n int64, parent *delivery) string {
	file := parent.table.File
	deliver := func(which string) string {
		return fmt.Sprintf("Deliver the %s rows in %s, or leave their children out.", which, file)
	}
	if parent.rejects.rows == 0 {
		return deliver("missing")
	}
	var at []int64
	others := n > int64(len(first))
	for _, o := range first {
		line, ok := o.rejected(parent)
		if !ok {
			others = true
		} else if !slices.Contains(at, line) {
			at = append(at, line)
		}
	}
	if len(at) == 0 {
		return fmt.Sprintf("Correct the rejected rows of %s first: the missing ones may be among them. %s", file, deliver("other missing"))
	}
	slices.Sort(at)
	shown := at[:min(len(at), linesPerKey)]
	mend := fmt.Sprintf("Correct %s of %s, which the rows here refer to and which did not pass (ROWS_REJECTED).",
		lines(shown, int64(len(at))), file)
	if !others {
		return mend
	}
	return mend + " " + deliver("other missing")
}

// at says where the orphan stands, and whether its parent was rejected.
func (o orphan) at(child *delivery, r declared.Reference, parent *delivery) *stepv1.RowLocation {
	detail := "not in " + parent.table.File
	if o.alike != nil {
		detail = besideAlike(o.refers, o.alike.key, fmt.Sprintf("line %d of %s has", o.alike.line, parent.table.File))
	}
	if line, ok := o.rejected(parent); ok {
		detail = fmt.Sprintf("its parent, line %d of %s, was rejected", line, parent.table.File)
	}
	return &stepv1.RowLocation{
		File: child.table.File, Line: o.line, Key: cutAll(o.key),
		Column: strings.Join(r.Columns, ", "), Value: cut([]byte(strings.Join(o.refers, ", "))), Detail: detail,
	}
}

func (w *work) orphans(ctx context.Context, child *delivery, r declared.Reference, parent *delivery) (found []orphan, n int64, err error) {
	from, to := relation.Of(child.candidate().GetRelation()), relation.Of(parent.candidate().GetRelation())
	err = pgx.BeginTxFunc(ctx, w.Pool, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "set local work_mem = '64MB'"); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, statement.Orphans(child.table, from, r, to), pgx.QueryExecModeExec, maxRows)
		if err != nil {
			return err
		}
		found, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (o orphan, err error) {
			return o, row.Scan(&o.refers, &o.key, &o.line, &n)
		})
		if err != nil || n == 0 {
			return err
		}
		alike, err := alikeParents(ctx, tx, found, parent)
		for i, k := range alike {
			found[i].alike = &k
		}
		return err
	})
	return found, n, err
}

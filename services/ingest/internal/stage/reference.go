package stage

import (
	"context"
	"fmt"
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
// says nothing about its children; nor does a parent's row that was rejected: that its
// children refer to nobody follows from it, and is said there.
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
	if err := g.Wait(); err != nil {
		return err
	}
	for _, child := range deliveries {
		for _, c := range child.consequences {
			c.parent.attach(c.finding, c.line)
		}
	}
	return nil
}

// orphan is a row whose parent is not staged.
type orphan struct {
	refers, key []string
	line        int64
	// parent is the line of its parent, where that was rejected; otherwise 0.
	parent int64
	// alike is the parent that it looks like, and does not refer to; nil where none is.
	alike *keyAt
}

// orphans are the first rows whose parent was not delivered, and the first whose parent
// was rejected, and how many there are of either.
type orphans struct {
	missing, rejected       []orphan
	allMissing, allRejected int64
}

func (w *work) checkReference(ctx context.Context, child *delivery, r declared.Reference, parent *delivery) error {
	w.req.Report(&stepv1.Progress{Table: child.table.Name, Phase: "check references", RowsTotal: child.counts.GetRows()})
	found, err := w.orphans(ctx, child, r, parent)
	if err != nil {
		return fmt.Errorf("look for rows of %s without a parent in %s: %w", child.table.Name, parent.table.Name, err)
	}
	if found.allMissing > 0 {
		child.reportMissingParents(r, parent, found)
	}
	if found.allRejected > 0 {
		child.consequences = append(child.consequences, consequence{
			parent, child.ofRejectedParents(r, parent, found), found.rejected[0].parent,
		})
	}
	return nil
}

// reportMissingParents adds the finding of rows whose parent was not delivered.
func (d *delivery) reportMissingParents(r declared.Reference, parent *delivery, o orphans) {
	first := o.missing[0]
	found := fmt.Sprintf("%s without one, the first %q %s",
		prose.Count(o.allMissing, "row"), quotable(d.shownReference(r, first.refers)), d.standsAt(first.line))
	if unknown := parent.rejects.keys.unknown; unknown > 0 {
		found += fmt.Sprintf("; rejected rows of %s whose key is not known: %s", parent.table.File, prose.Number(unknown))
	}
	f := d.find(problem.OrphanedRows, fmt.Sprintf("a row of %s for every %s", parent.table.Name, strings.Join(r.Columns, ", ")),
		found, mendReferences(o, parent))
	f.Count, f.Column = o.allMissing, strings.Join(r.Columns, ", ")
	for _, row := range o.missing {
		detail := parent.lacks()
		if row.alike != nil {
			detail = besideAlike(row.refers, row.alike.key, parent.veil, parent.placeOf(row.alike.line)+" has")
		}
		f.Rows = append(f.Rows, row.at(d, r, detail))
	}
}

// mendReferences says what to do about rows without a parent: where they look like a row
// of it, the two are to be written alike; where rows of it were rejected whose key
// nobody can read, the missing ones may be among them.
func mendReferences(o orphans, parent *delivery) string {
	file, said := parent.table.File, ""
	var alike, empty int64
	for _, row := range o.missing {
		if strings.Join(row.refers, "") == "" {
			empty++
		}
		if row.alike != nil {
			alike++
		}
	}
	if alike > 0 {
		said = "Write references as the keys that they mean are written: they differ only in " + unseenParts + "."
	}
	if empty > 0 {
		said += " A reference that is \"\" is an empty text, and asks for a row whose key is one: leave the field empty, without quotes, where there is none."
	}
	switch {
	case alike+empty == o.allMissing:
		return strings.TrimPrefix(said, " ")
	case parent.rejects.keys.unknown > 0:
		said += fmt.Sprintf(" Correct the rejected rows of %s first: the missing ones may be among them. "+
			"Deliver the other missing rows in %s, or leave their children out.", file, file)
	default:
		said += fmt.Sprintf(" Deliver the missing rows in %s, or leave their children out.", file)
	}
	if parent.overlay.GetDeleted() > 0 {
		said += fmt.Sprintf(" Where %s deletes their parents on purpose, have the children refer to others, delete them as well (deleted_when), or deliver their table whole, --full-extract.", file)
	}
	return strings.TrimPrefix(said, " ")
}

// at says where the orphan stands.
func (o orphan) at(child *delivery, r declared.Reference, detail string) *stepv1.RowLocation {
	return &stepv1.RowLocation{
		File: child.fileAt(o.line), Line: o.line, Key: child.shownKey(o.key),
		Column: strings.Join(r.Columns, ", "), Value: cut([]byte(child.shownReference(r, o.refers))), Detail: detail,
	}
}

func (w *work) orphans(ctx context.Context, child *delivery, r declared.Reference, parent *delivery) (found orphans, err error) {
	from, to := relation.Of(child.candidate().GetRelation()), relation.Of(parent.candidate().GetRelation())
	args := append([]any{pgx.QueryExecModeExec, maxRows}, parent.rejects.keys.args(len(r.Columns))...)
	err = pgx.BeginTxFunc(ctx, w.Pool, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "set local work_mem = '64MB'"); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, statement.Orphans(child.table, from, r, to), args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var o orphan
			if err := rows.Scan(&o.refers, &o.key, &o.line, &o.parent, &found.allMissing, &found.allRejected); err != nil {
				return err
			}
			if o.parent == 0 {
				found.missing = append(found.missing, o)
			} else {
				found.rejected = append(found.rejected, o)
			}
		}
		if err := rows.Err(); err != nil || len(found.missing) == 0 {
			return err
		}
		alike, err := alikeParents(ctx, tx, found.missing, parent)
		for i, k := range alike {
			found.missing[i].alike = &k
		}
		return err
	})
	return found, err
}

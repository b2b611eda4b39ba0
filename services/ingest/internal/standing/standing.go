// Package standing tells whether the live tables hold what was published last: that it
// is there is looked at, and not believed because a record says so.
package standing

import (
	"context"

	"github.com/streamflow/streamflow/platform/footprint"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
	"github.com/streamflow/streamflow/services/ingest/internal/layout"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

// Look is how closely live tables are looked at.
type Look int

const (
	// Closely counts the rows of every table, and looks whether any was written since.
	Closely Look = iota
	// AtAGlance does so only where a table lies otherwise on the disk: for who has looked
	// closely a moment before. Columns are looked at all the same.
	AtAGlance
)

// Live says whether the live tables of a dataset are as the batch of an as_of left
// them. An as_of that live has passed is history only, whatever became of the tables since.
func Live(ctx context.Context, q postgres.Querier, d *declared.Dataset, asOf string, look Look) (bool, error) {
	watermark, err := store.Watermark(ctx, q, d.Name)
	if err != nil || asOf < watermark { // dates as YYYY-MM-DD sort as texts
		return err == nil, err
	}
	left, err := store.LiveLeft(ctx, q, d.Name)
	if err != nil {
		return false, err
	}
	if otherwise, err := laidOut(ctx, q, left, d.Tables); err != nil || len(otherwise) > 0 {
		return false, err
	}
	tables := relations(d.Tables)
	found, err := footprint.Of(ctx, q, tables...)
	if err != nil {
		return false, err
	}
	for i, t := range tables {
		was, recorded := left[t]
		if !recorded {
			return false, nil
		}
		if look == AtAGlance && footprint.Same(was.Footprint, found[i]) {
			continue
		}
		if change, err := compare(ctx, q, was, found[i]); err != nil || change != nil {
			return false, err
		}
	}
	return true, nil
}

// Leave records how a batch leaves the live tables that it wrote, each with the rows
// that it now holds.
func Leave(ctx context.Context, q postgres.Querier, d *declared.Dataset, batch string, rows map[relation.Relation]int64) error {
	var written []*declared.Table
	for _, t := range d.Tables {
		if _, ok := rows[t.Live]; ok {
			written = append(written, t)
		}
	}
	tables := relations(written)
	found, err := footprint.Left(ctx, q, tables...)
	if err != nil {
		return err
	}
	layouts, err := layout.Of(ctx, q, tables...)
	if err != nil {
		return err
	}
	left := make([]store.LiveTable, len(tables))
	for i, t := range tables {
		left[i] = store.LiveTable{Table: t, Rows: rows[t], Footprint: found[i], Layout: layouts[i].Recorded(written[i].Key)}
	}
	return store.LeaveLive(ctx, q, d.Name, batch, left)
}

// LeaveAsFound records the footprints and columns that were found, of tables that hold the rows
// that they held before in the same columns. Rows that are written since the same transaction as before are still seen.
func LeaveAsFound(ctx context.Context, q postgres.Querier, d *declared.Dataset, batch string) error {
	left, err := store.LiveLeft(ctx, q, d.Name)
	if err != nil {
		return err
	}
	tables := relations(d.Tables)
	found, err := footprint.Of(ctx, q, tables...)
	if err != nil {
		return err
	}
	layouts, err := layout.Of(ctx, q, tables...)
	if err != nil {
		return err
	}
	var all []store.LiveTable
	for i, t := range tables {
		if was, ok := left[t]; ok {
			all = append(all, store.LiveTable{
				Table: t, Rows: was.Rows, Footprint: footprint.Moved(was.Footprint, found[i]), Layout: layouts[i].Recorded(d.Tables[i].Key),
			})
		}
	}
	return store.LeaveLive(ctx, q, d.Name, batch, all)
}

func relations(tables []*declared.Table) []relation.Relation {
	out := make([]relation.Relation, len(tables))
	for i, t := range tables {
		out[i] = t.Live
	}
	return out
}

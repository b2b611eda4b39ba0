// Package standing tells whether the live tables hold what was published last: that it
// is there is looked at, and not believed because a record says so.
package standing

import (
	"context"

	"github.com/streamflow/streamflow/platform/footprint"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

// Live says whether the live tables of a dataset are as the batch of an as_of left
// them. Rows are counted only where the footprint of a table is another one. An as_of
// that live has passed is history only, whatever became of the tables since.
func Live(ctx context.Context, q postgres.Querier, d *declared.Dataset, asOf string) (bool, error) {
	watermark, err := store.Watermark(ctx, q, d.Name)
	if err != nil || asOf < watermark { // dates as YYYY-MM-DD sort as texts
		return err == nil, err
	}
	left, err := store.LiveLeft(ctx, q, d.Name)
	if err != nil {
		return false, err
	}
	tables := relations(d)
	found, err := footprint.Of(ctx, q, tables...)
	if err != nil {
		return false, err
	}
	for i, t := range tables {
		was, recorded := left[t]
		if !recorded || found[i] == "" {
			return false, nil
		}
		if found[i] == was.Footprint {
			continue
		}
		if n, err := footprint.Count(ctx, q, t); err != nil || n != was.Rows {
			return false, err
		}
	}
	return true, nil
}

// Leave records how a batch leaves the live tables that it wrote, each with the rows
// that it now holds.
func Leave(ctx context.Context, q postgres.Querier, dataset, batch string, rows map[relation.Relation]int64) error {
	var tables []relation.Relation
	for t := range rows {
		tables = append(tables, t)
	}
	found, err := footprint.Of(ctx, q, tables...)
	if err != nil {
		return err
	}
	left := make([]store.LiveTable, len(tables))
	for i, t := range tables {
		left[i] = store.LiveTable{Table: t, Rows: rows[t], Footprint: found[i]}
	}
	return store.LeaveLive(ctx, q, dataset, batch, left)
}

// LeaveAsFound records the footprints that were found, of tables that hold the rows that
// they held before: what was counted once is not counted again.
func LeaveAsFound(ctx context.Context, q postgres.Querier, d *declared.Dataset, batch string) error {
	left, err := store.LiveLeft(ctx, q, d.Name)
	if err != nil {
		return err
	}
	rows := map[relation.Relation]int64{}
	for _, t := range relations(d) {
		if was, ok := left[t]; ok {
			rows[t] = was.Rows
		}
	}
	return Leave(ctx, q, d.Name, batch, rows)
}

func relations(d *declared.Dataset) []relation.Relation {
	out := make([]relation.Relation, len(d.Tables))
	for i, t := range d.Tables {
		out[i] = t.Live
	}
	return out
}

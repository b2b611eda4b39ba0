package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
)

// LiveTable is how a live table was left by the batch that was published last.
type LiveTable struct {
	Table relation.Relation
	Rows  int64
	// Footprint is that of package footprint.
	Footprint string
	// Layout is that of package layout, as it is recorded; empty where a version before left it.
	Layout string
}

// LeaveLive records how a publish leaves live tables.
func LeaveLive(ctx context.Context, q postgres.Querier, dataset, batch string, tables []LiveTable) error {
	var schemas, names, footprints, layouts []string
	var rows []int64
	for _, t := range tables {
		schemas, names = append(schemas, t.Table.Schema), append(names, t.Table.Name)
		rows, footprints, layouts = append(rows, t.Rows), append(footprints, t.Footprint), append(layouts, t.Layout)
	}
	_, err := q.Exec(ctx, `
insert into sf_ingest.live (dataset, batch, schema_name, table_name, rows, footprint, layout)
select $1, $2, t.* from unnest($3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[]) t
on conflict (schema_name, table_name) do update
   set dataset = excluded.dataset, batch = excluded.batch, rows = excluded.rows,
       footprint = excluded.footprint, layout = excluded.layout, recorded_at = now()`,
		dataset, batch, schemas, names, rows, footprints, layouts)
	if err != nil {
		return fmt.Errorf("record how %s leaves the live tables: %w", batch, err)
	}
	return nil
}

// LiveLeft returns how the live tables of a dataset were left, by name.
func LiveLeft(ctx context.Context, q postgres.Querier, dataset string) (map[relation.Relation]LiveTable, error) {
	rows, err := q.Query(ctx, "select schema_name, table_name, rows, footprint, layout from sf_ingest.live where dataset = $1", dataset)
	if err != nil {
		return nil, fmt.Errorf("read how the live tables of %s were left: %w", dataset, err)
	}
	left := map[relation.Relation]LiveTable{}
	var t LiveTable
	_, err = pgx.ForEachRow(rows, []any{&t.Table.Schema, &t.Table.Name, &t.Rows, &t.Footprint, &t.Layout}, func() error {
		left[t.Table] = t
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read how the live tables of %s were left: %w", dataset, err)
	}
	return left, nil
}

// KeepLayout records another layout of a live table, whose rows are as they were left.
func KeepLayout(ctx context.Context, q postgres.Querier, table relation.Relation, layout string) error {
	_, err := q.Exec(ctx, "update sf_ingest.live set layout = $3 where schema_name = $1 and table_name = $2", table.Schema, table.Name, layout)
	if err != nil {
		return fmt.Errorf("record the columns of %s: %w", table, err)
	}
	return nil
}

package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/relation"
)

// Deserted is a table that a dataset left behind when it was deleted.
type Deserted struct {
	Table   relation.Relation
	Dataset string
	// First and Last are the as_of dates, YYYY-MM-DD, that the dataset was stamped for;
	// empty where it was for none.
	First, Last string
}

const desertedSQL = `
select distinct on (r.schema_name, r.table_name) r.schema_name, r.table_name, v.dataset, coalesce(s.first, ''), coalesce(s.last, '')
  from unnest($1::text[], $2::text[]) r (schema_name, table_name)
  join sf_orchestrator.dataset_version v
    on v.dataset <> $3 and coalesce(nullif(v.content ->> 'schema', ''), 'public') = r.schema_name
   and exists (select from jsonb_array_elements(coalesce(v.content -> 'tables', '[]') || coalesce(v.content -> 'snapshots', '[]')) t
                where t ->> 'name' = r.table_name)
  left join lateral (select min(u.as_of)::text as first, max(u.as_of)::text as last from sf_orchestrator.run u
                      where u.dataset = v.dataset and exists (select from sf_orchestrator.run_step p
                                                               where p.run = u.id and p.kind = 'STAMP' and p.state = 'SUCCEEDED')) s on true
 where exists (select from sf_orchestrator.dataset_deletion d where d.dataset = v.dataset and d.keep_tables)
   and not exists (select from sf_orchestrator.dataset_version c where c.dataset = v.dataset and c.current)
 order by r.schema_name, r.table_name, v.application desc`

// Deserted returns those of the tables that a dataset of another name declared, which was
// deleted and left its tables, and is not registered again.
func (s *Store) Deserted(ctx context.Context, dataset string, tables []relation.Relation) ([]Deserted, error) {
	schemas, names := inTwo(tables)
	rows, err := s.pool.Query(ctx, desertedSQL, schemas, names, plain(dataset))
	if err == nil {
		var all []Deserted
		all, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (d Deserted, err error) {
			return d, row.Scan(&d.Table.Schema, &d.Table.Name, &d.Dataset, &d.First, &d.Last)
		})
		if err == nil {
			return all, nil
		}
	}
	return nil, wrap(err, "look whose the tables of dataset %s were", dataset)
}

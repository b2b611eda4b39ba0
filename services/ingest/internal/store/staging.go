package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
)

// Schema is where candidates stand.
const Schema = "sf_staging"

// AddRelation notes, in the transaction that makes it, that a relation of sf_staging
// is the batch's.
func AddRelation(ctx context.Context, q postgres.Querier, batch, name string) error {
	_, err := q.Exec(ctx, `
insert into sf_ingest.staging (relation, batch) values ($1, $2)
on conflict (relation) do update set batch = excluded.batch, made_at = now()`, name, batch)
	if err != nil {
		return fmt.Errorf("note relation %s: %w", name, err)
	}
	return nil
}

// RemoveRelation forgets a relation, in the transaction that drops it.
func RemoveRelation(ctx context.Context, q postgres.Querier, name string) error {
	if _, err := q.Exec(ctx, "delete from sf_ingest.staging where relation = $1", name); err != nil {
		return fmt.Errorf("forget relation %s: %w", name, err)
	}
	return nil
}

// Relations returns the names of a batch's relations in sf_staging.
func Relations(ctx context.Context, q postgres.Querier, batch string) ([]string, error) {
	rows, err := q.Query(ctx, "select relation from sf_ingest.staging where batch = $1 order by relation", batch)
	if err != nil {
		return nil, fmt.Errorf("list the staging of %s: %w", batch, err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// Leftovers returns a dataset's batches, other than the given one, whose staging
// nobody needs: of those that were never published all but the newest keep, and the
// published ones. One run at a time works on a dataset, so none of them is in use.
func Leftovers(ctx context.Context, q postgres.Querier, dataset, batch string, keep int) ([]string, error) {
	rows, err := q.Query(ctx, `
with other as (
    select b.id, b.published_at is not null as published,
           row_number() over (partition by b.published_at is null order by b.id desc) as place
      from sf_ingest.batch b
     where b.dataset = $1 and b.id <> $2 and b.state <> 'DISCARDED'
       and (b.published_at is null or exists (select from sf_ingest.staging s where s.batch = b.id))
)
select id from other where published or place > $3
union
select s.batch from sf_ingest.staging s join sf_ingest.batch b on b.id = s.batch
 where b.dataset = $1 and b.id <> $2 and b.state = 'DISCARDED'
 order by id`, dataset, batch, keep)
	if err != nil {
		return nil, fmt.Errorf("look for staging that was left over: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

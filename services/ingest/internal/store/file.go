package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
)

// saveFiles replaces the checksums of a batch's files. A file that could not be read
// to its end has none.
func saveFiles(ctx context.Context, q postgres.Querier, b *ingestv1.Batch) error {
	if _, err := q.Exec(ctx, "delete from sf_ingest.batch_file where batch = $1", b.GetId()); err != nil {
		return fmt.Errorf("replace the files of %s: %w", b.GetId(), err)
	}
	var tables, names, sums []string
	var sizes []int64
	for _, f := range b.GetFiles() {
		if f.GetSha256() == "" {
			continue
		}
		tables, names = append(tables, f.GetTable()), append(names, f.GetName())
		sums, sizes = append(sums, f.GetSha256()), append(sizes, f.GetSizeBytes())
	}
	_, err := q.Exec(ctx, `
insert into sf_ingest.batch_file (batch, table_name, name, size_bytes, sha256)
select $1, f.* from unnest($2::text[], $3::text[], $4::bigint[], $5::text[]) f`,
		b.GetId(), tables, names, sizes, sums)
	if err != nil {
		return fmt.Errorf("record the files of %s: %w", b.GetId(), err)
	}
	return nil
}

// newestFirst is the order of publishing, the last one first. One without a number was
// published by a replica of an earlier version, before those that have one.
const newestFirst = "published_number desc nulls last, published_at desc, id desc"

// LastPublished returns the batch that was published last for an as_of, as a
// backfill or not; nil where none was.
func LastPublished(ctx context.Context, q postgres.Querier, dataset, asOf string) (*ingestv1.Batch, error) {
	return one(q.Query(ctx, selectBatch+`
 where dataset = $1 and as_of = $2::text::date and published_at is not null
 order by `+newestFirst+` limit 1`, dataset, asOf))
}

// sameFiles compares the files of published batches of an as_of with those of another.
const sameFiles = `
with mine as (select table_name, sha256, size_bytes from sf_ingest.batch_file where batch = $3)
select b.id
  from sf_ingest.batch b
 where b.dataset = $1 and b.as_of = $2::text::date and b.published_at is not null and b.id <> $3
   and (b.published_number, b.published_at) < (select coalesce(m.published_number, 9223372036854775807), coalesce(m.published_at, 'infinity') from sf_ingest.batch m where m.id = $3)
   and exists (select from mine)
   and not exists (
        (select * from mine except select table_name, sha256, size_bytes from sf_ingest.batch_file where batch = b.id)
        union all
        (select table_name, sha256, size_bytes from sf_ingest.batch_file where batch = b.id except select * from mine))
 order by ` + newestFirst + ` limit 1`

// SameFiles returns the batch that was published last for the as_of of b with the very same
// files as b; nothing where none was.
func SameFiles(ctx context.Context, q postgres.Querier, b *ingestv1.Batch) (string, error) {
	rows, err := q.Query(ctx, sameFiles, b.GetDataset(), b.GetAsOf(), b.GetId())
	if err != nil {
		return "", fmt.Errorf("look for a batch of the same files: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(found) == 0 {
		return "", err
	}
	return found[0], nil
}

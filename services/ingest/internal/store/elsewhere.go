package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
)

// Elsewhere is where the bytes of a file were published before for another as_of.
type Elsewhere struct {
	// AsOf is that as_of.
	AsOf string
	// Replaced says that it has other files by now.
	Replaced bool
	// Own says that the as_of of the file has had the same bytes too.
	Own bool
}

// sameElsewhere looks at every batch that was ever published: no batch and no sum of one
// is ever deleted, and the index on the sums leads to those of the same bytes. Of several
// as_of dates it takes one that still has them, then the nearest earlier one, else the
// nearest later.
const sameElsewhere = `
with same as (
    select distinct b.as_of
      from sf_ingest.batch_file f
      join sf_ingest.batch b on b.id = f.batch
     where f.sha256 = $4 and f.size_bytes = $5 and f.table_name = $3
       and b.dataset = $1 and b.published_at is not null
), other as (
    select as_of, exists (
        select from sf_ingest.batch_file f
         where f.table_name = $3 and f.sha256 = $4 and f.size_bytes = $5
           and f.batch = (
            select id from sf_ingest.batch b
             where b.dataset = $1 and b.as_of = same.as_of and b.published_at is not null
             order by ` + newestFirst + ` limit 1)) as stands
      from same
     where as_of <> $2::text::date
)
select as_of::text, not stands, exists (select from same where as_of = $2::text::date)
  from other
 order by stands desc, as_of < $2::text::date desc, abs(as_of - $2::text::date)
 limit 1`

// SameElsewhere returns the as_of that the same bytes were published for before, for the
// file's table, whether or not others have replaced them there; nil where there is none.
func SameElsewhere(ctx context.Context, q postgres.Querier, dataset, asOf string, f *ingestv1.BatchFile) (*Elsewhere, error) {
	rows, err := q.Query(ctx, sameElsewhere, dataset, asOf, f.GetTable(), f.GetSha256(), f.GetSizeBytes())
	if err != nil {
		return nil, fmt.Errorf("look for %s under another as_of: %w", f.GetName(), err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Elsewhere])
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

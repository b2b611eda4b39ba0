package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// Erasing is where the keys of an erase are that is under way.
var Erasing = relation.Relation{Schema: "sf_ingest", Name: "erasing"}

// Erasure is who erased keys, and why.
type Erasure struct {
	Run         string
	Dataset     string
	RequestedBy string
	Reason      string
}

// Erased returns what a run erased; nil where it has not yet.
func Erased(ctx context.Context, q postgres.Querier, run string) (*stepv1.EraseResult, error) {
	var detail []byte
	err := q.QueryRow(ctx, "select detail from sf_ingest.erasure where run = $1", run).Scan(&detail)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil //nolint:nilnil // it has not
	}
	if err != nil {
		return nil, fmt.Errorf("read what %s erased: %w", run, err)
	}
	r := &stepv1.EraseResult{}
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(detail, r); err != nil {
		return nil, fmt.Errorf("read what %s erased: %w", run, err)
	}
	return r, nil
}

// RecordErasure records what a run erased, in the transaction that does.
func RecordErasure(ctx context.Context, q postgres.Querier, e Erasure, r *stepv1.EraseResult) error {
	detail, err := protojson.Marshal(r)
	if err == nil {
		_, err = q.Exec(ctx, "insert into sf_ingest.erasure (run, dataset, requested_by, reason, detail) values ($1, $2, $3, $4, $5)",
			e.Run, e.Dataset, e.RequestedBy, e.Reason, string(detail))
	}
	if err != nil {
		return fmt.Errorf("record what %s erased: %w", e.Run, err)
	}
	return nil
}

// ErasedSince says whether anything of a dataset was erased since a moment, or taken back from
// what was.
func ErasedSince(ctx context.Context, q postgres.Querier, dataset string, at time.Time) (was bool, err error) {
	err = q.QueryRow(ctx, "select exists (select from sf_ingest.erasure where dataset = $1 and erased_at >= $2)"+
		" or exists (select from sf_ingest.readmission where dataset = $1 and readmitted_at >= $2)", dataset, at).Scan(&was)
	if err != nil {
		return false, fmt.Errorf("look for what was erased of %s: %w", dataset, err)
	}
	return was, nil
}

// ErasedHash is what the hashes of erased keys are for, in the words of their pads.
const ErasedHash = "erased"

// ErasedTables names the tables of a dataset of which keys were erased, and the IDs of the
// keys that their hashes were made with; those that were salted have none.
func ErasedTables(ctx context.Context, q postgres.Querier, dataset string) (map[string][]string, error) {
	rows, err := q.Query(ctx, "select table_name, coalesce(array_agg(distinct key_id) filter (where key_id <> ''), '{}') from sf_ingest.erased where dataset = $1 group by 1", dataset)
	if err != nil {
		return nil, fmt.Errorf("look for what was erased of %s: %w", dataset, err)
	}
	all := map[string][]string{}
	var name string
	var ids []string
	if _, err := pgx.ForEachRow(rows, []any{&name, &ids}, func() error { all[name] = slices.Clone(ids); return nil }); err != nil {
		return nil, fmt.Errorf("look for what was erased of %s: %w", dataset, err)
	}
	return all, nil
}

// ForgetErasing forgets the keys of every erase of a dataset: it has one run at a time.
func ForgetErasing(ctx context.Context, q postgres.Querier, dataset string) error {
	if _, err := q.Exec(ctx, "delete from sf_ingest.erasing where dataset = $1", dataset); err != nil {
		return fmt.Errorf("forget the keys to erase of %s: %w", dataset, err)
	}
	return nil
}

// UnknownKeys counts the keys that a run asked for and nobody has seen, and returns the
// places of the first 20 in its request.
func UnknownKeys(ctx context.Context, q postgres.Querier, run string) (n int64, places []int32, err error) {
	err = q.QueryRow(ctx, `
select count(*), coalesce((array_agg(place order by place))[1:20], '{}') from sf_ingest.erasing
 where run = $1 and place is not null and not seen`, run).Scan(&n, &places)
	if err != nil {
		return 0, nil, fmt.Errorf("count the keys that are nowhere: %w", err)
	}
	return n, places, nil
}

// WithFindings names the batches of a dataset that have findings.
func WithFindings(ctx context.Context, q postgres.Querier, dataset string) ([]string, error) {
	rows, err := q.Query(ctx, "select id from sf_ingest.batch where dataset = $1 and detail ? 'findings' order by id", dataset)
	if err != nil {
		return nil, fmt.Errorf("list the batches with findings: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// SetDetail writes what is shown of a batch anew.
func SetDetail(ctx context.Context, q postgres.Querier, b *ingestv1.Batch) error {
	detail, err := encode(b)
	if err == nil {
		_, err = q.Exec(ctx, "update sf_ingest.batch set detail = $2 where id = $1", b.GetId(), detail)
	}
	if err != nil {
		return fmt.Errorf("write the findings of %s anew: %w", b.GetId(), err)
	}
	return nil
}

// Undelivered takes rows that were erased out of what a table was last delivered: so many
// in all, of which so many had departed.
func Undelivered(ctx context.Context, q postgres.Querier, dataset, table string, rows, departed int64) error {
	_, err := q.Exec(ctx, `
update sf_ingest.published_table set rows = greatest(rows - $3 + $4, 0), absent = greatest(absent - $4, 0)
 where dataset = $1 and table_name = $2`, dataset, table, rows, departed)
	if err != nil {
		return fmt.Errorf("take what was erased out of the delivery of %s: %w", table, err)
	}
	return nil
}

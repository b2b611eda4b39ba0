package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
)

const selectBatch = `
select id, dataset, dataset_version, as_of::text, run, source, state, same_as, requested_by,
       created_at, staged_at, published_at, detail
  from sf_ingest.batch`

// Find returns the batch of an identifier; nil where there is none.
func Find(ctx context.Context, q postgres.Querier, id string) (*ingestv1.Batch, error) {
	return one(q.Query(ctx, selectBatch+" where id = $1", id))
}

// Lock returns the batch of an identifier, locked until the transaction ends, or
// BATCH_NOT_FOUND. Only one transaction holds it; a stage of the batch that still
// copies, under whatever fence, refers to the row and does not keep it from being locked.
func Lock(ctx context.Context, q postgres.Querier, id string) (*ingestv1.Batch, error) {
	b, err := one(q.Query(ctx, selectBatch+" where id = $1 for no key update", id))
	if err == nil && b == nil {
		err = NotFound(id)
	}
	return b, err
}

// NotFound is the error of a batch that nobody has heard of.
func NotFound(id string) error {
	return problem.New(problem.BatchNotFound, "no batch %s", id).With("batch", id)
}

// ByPart returns the one batch that part stands for (ident.Pattern); BATCH_NOT_FOUND
// where there is none, AMBIGUOUS_ID where there are more.
func ByPart(ctx context.Context, q postgres.Querier, part string) (*ingestv1.Batch, error) {
	found, err := collect(q.Query(ctx, selectBatch+" where id like $1 order by id limit $2", ident.Pattern(ident.Batch, part), ident.Named))
	if err != nil {
		return nil, err
	}
	return ident.Only("batch", part, found, (*ingestv1.Batch).GetId, NotFound(part))
}

// List returns a dataset's batches, newest first: at most limit, those older than
// the identifier before where one is given, of one as_of where one is given.
func List(ctx context.Context, q postgres.Querier, dataset, asOf, before string, limit int) ([]*ingestv1.Batch, error) {
	return collect(q.Query(ctx, selectBatch+`
 where dataset = $1
   and ($2 = '' or as_of = nullif($2, '')::date)
   and ($3 = '' or id < $3)
 order by id desc limit $4`, dataset, asOf, before, limit))
}

// Begin records that staging of a batch has begun, anew where it had begun before.
func Begin(ctx context.Context, q postgres.Querier, b *ingestv1.Batch) error {
	tag, err := q.Exec(ctx, `
insert into sf_ingest.batch as batch (id, dataset, dataset_version, as_of, run, source, state, requested_by)
values ($1, $2, $3, $4::text::date, $5, $6, 'STAGING', $7)
on conflict (id) do update
   set state = 'STAGING', same_as = '', staged_at = null, detail = '{}',
       dataset_version = excluded.dataset_version, run = excluded.run, requested_by = excluded.requested_by
 where batch.published_at is null and batch.state <> 'DISCARDED'`,
		b.GetId(), b.GetDataset(), b.GetDatasetVersion(), b.GetAsOf(), b.GetRun(), b.GetSource(), b.GetRequestedBy())
	if err != nil {
		return fmt.Errorf("record the beginning of %s: %w", b.GetId(), err)
	}
	if tag.RowsAffected() == 0 {
		return ended(b)
	}
	return nil
}

// ended is the error of a stage that another call overtook: what that call did stands.
func ended(b *ingestv1.Batch) error {
	return problem.New(problem.BatchRejected, "batch %s was published or discarded by another call meanwhile", b.GetId()).
		With("batch", b.GetId())
}

// Staged records what staging of a batch came to, and the checksums of its files. It
// sets the times of b that the database gives.
func Staged(ctx context.Context, q postgres.Querier, b *ingestv1.Batch) error {
	detail, err := encode(b)
	if err != nil {
		return err
	}
	var created, staged time.Time
	err = q.QueryRow(ctx, `
update sf_ingest.batch set state = $2, same_as = $3, detail = $4, staged_at = now()
 where id = $1 and published_at is null and state <> 'DISCARDED' returning created_at, staged_at`,
		b.GetId(), stateName(b.GetState()), b.GetSameAs(), detail).Scan(&created, &staged)
	if errors.Is(err, pgx.ErrNoRows) {
		return ended(b)
	}
	if err != nil {
		return fmt.Errorf("record the staging of %s: %w", b.GetId(), err)
	}
	b.CreatedAt, b.StagedAt = timestamppb.New(created), timestamppb.New(staged)
	return saveFiles(ctx, q, b)
}

// Published records that a batch was published, or found to be a backfill, with its
// counts and its place in the order of publishing. The caller holds the lock of the
// dataset's watermark. It sets the time of b that the database gives.
func Published(ctx context.Context, q postgres.Querier, b *ingestv1.Batch) error {
	detail, err := encode(b)
	if err != nil {
		return err
	}
	var at time.Time
	err = q.QueryRow(ctx, `
update sf_ingest.batch set state = $2, detail = $3, published_at = clock_timestamp(),
       published_number = (select coalesce(max(o.published_number), 0) + 1 from sf_ingest.batch o where o.dataset = batch.dataset)
 where id = $1 returning published_at`, b.GetId(), stateName(b.GetState()), detail).Scan(&at)
	if err != nil {
		return fmt.Errorf("record the publishing of %s: %w", b.GetId(), err)
	}
	b.PublishedAt = timestamppb.New(at)
	return nil
}

// Discarded records that a batch has no staging any more. One that was not published
// becomes DISCARDED.
func Discarded(ctx context.Context, q postgres.Querier, b *ingestv1.Batch) error {
	if b.GetPublishedAt() == nil {
		b.State = ingestv1.BatchState_BATCH_STATE_DISCARDED
	}
	for _, t := range b.GetTables() {
		t.Candidate = nil
	}
	detail, err := encode(b)
	if err != nil {
		return err
	}
	_, err = q.Exec(ctx, "update sf_ingest.batch set state = $2, detail = $3 where id = $1",
		b.GetId(), stateName(b.GetState()), detail)
	if err != nil {
		return fmt.Errorf("record the discarding of %s: %w", b.GetId(), err)
	}
	return nil
}

func one(rows pgx.Rows, err error) (*ingestv1.Batch, error) {
	found, err := collect(rows, err)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

func collect(rows pgx.Rows, err error) ([]*ingestv1.Batch, error) {
	if err != nil {
		return nil, fmt.Errorf("read batches: %w", err)
	}
	found, err := pgx.CollectRows(rows, scan)
	if err != nil {
		return nil, fmt.Errorf("read batches: %w", err)
	}
	return found, nil
}

func scan(row pgx.CollectableRow) (*ingestv1.Batch, error) {
	b := &ingestv1.Batch{}
	var state string
	var detail []byte
	var created time.Time
	var staged, published *time.Time
	err := row.Scan(&b.Id, &b.Dataset, &b.DatasetVersion, &b.AsOf, &b.Run, &b.Source, &state, &b.SameAs, &b.RequestedBy,
		&created, &staged, &published, &detail)
	if err != nil {
		return nil, err
	}
	b.State = ingestv1.BatchState(ingestv1.BatchState_value[statePrefix+state])
	b.CreatedAt, b.StagedAt, b.PublishedAt = timestamppb.New(created), stamp(staged), stamp(published)
	return b, decode(detail, b)
}

func stamp(t *time.Time) *timestamppb.Timestamp {
	if t == nil {
		return nil
	}
	return timestamppb.New(*t)
}

const statePrefix = "BATCH_STATE_"

func stateName(s ingestv1.BatchState) string { return strings.TrimPrefix(s.String(), statePrefix) }

// encode makes the JSON of what is only shown: files, tables, counts, findings.
func encode(b *ingestv1.Batch) ([]byte, error) {
	if err := checkCounts(b); err != nil {
		return nil, err
	}
	detail, err := protojson.Marshal(&ingestv1.Batch{
		Files: b.GetFiles(), Tables: b.GetTables(), Counts: b.GetCounts(), Findings: b.GetFindings(),
		Accepted: b.GetAccepted(), Plan: b.GetPlan(), Origin: b.GetOrigin(), Rollback: b.GetRollback(), LiveStays: b.GetLiveStays(),
		Overlays: b.GetOverlays(), Restamps: b.GetRestamps(),
	})
	if err != nil {
		return nil, fmt.Errorf("encode batch %s: %w", b.GetId(), err)
	}
	return detail, nil
}

func decode(detail []byte, into *ingestv1.Batch) error {
	var d ingestv1.Batch
	// A field that a newer version wrote is no reason not to show the rest.
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(detail, &d); err != nil {
		return errors.Join(fmt.Errorf("decode batch %s", into.GetId()), err)
	}
	into.Files, into.Tables, into.Counts, into.Findings = d.GetFiles(), d.GetTables(), d.GetCounts(), d.GetFindings()
	into.Accepted, into.Plan, into.Origin = d.GetAccepted(), d.GetPlan(), d.GetOrigin()
	into.Rollback, into.LiveStays = d.GetRollback(), d.GetLiveStays()
	into.Overlays, into.Restamps = d.GetOverlays(), d.GetRestamps()
	return nil
}

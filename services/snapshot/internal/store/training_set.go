package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
)

// TrainingSet is a training set that was built.
type TrainingSet struct {
	ID      string
	Dataset string
	Name    string
	// RequestID is the key under which it was asked for; empty where there was none.
	RequestID string
	// Fingerprint is what was asked for under it.
	Fingerprint string
	CreatedAt   time.Time
	RequestedBy string
	// Manifest is the text of its manifest.
	Manifest string
	// KeptUntil is until when it keeps its dates from retention; nil for until it is forgotten.
	KeptUntil *time.Time
	// Forgotten says who gave up its dates; nil where nobody did.
	Forgotten *Forgotten
	// Pins are the revisions that it is made of; they are written and not read.
	Pins []TrainingPin
}

// Forgotten says who gave up the dates of a training set.
type Forgotten struct {
	Reason, By string
	At         time.Time
}

// TrainingPin is a revision that a training set is made of.
type TrainingPin struct {
	Snapshot string
	AsOf     time.Time
	Revision int32
}

// selectTraining begins every query of training sets; scanTraining reads its columns.
const selectTraining = `
select id, dataset, name, request_id, fingerprint, created_at, requested_by, manifest, kept_until, f.reason, f.forgotten_by, f.forgotten_at
  from sf_snapshot.training_set
  left join sf_snapshot.training_set_forgotten f on f.training_set = id`

func scanTraining(row pgx.CollectableRow) (TrainingSet, error) {
	var t TrainingSet
	var reason, by *string
	var at *time.Time
	err := row.Scan(&t.ID, &t.Dataset, &t.Name, &t.RequestID, &t.Fingerprint, &t.CreatedAt, &t.RequestedBy, &t.Manifest, &t.KeptUntil, &reason, &by, &at)
	if err == nil && at != nil {
		t.Forgotten = &Forgotten{Reason: *reason, By: *by, At: *at}
	}
	return t, err
}

const addTrainingSQL = `
insert into sf_snapshot.training_set (id, dataset, name, request_id, fingerprint, created_at, requested_by, manifest, kept_until)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (dataset, request_id) where request_id <> '' do nothing`

const addPinSQL = `
insert into sf_snapshot.training_set_pin (training_set, dataset, snapshot, as_of, revision)
values ($1, $2, $3, $4, $5)`

// AddTrainingSet writes a training set with its revisions, in the caller's transaction. It
// adds nothing, and says so, where its request has one already.
func AddTrainingSet(ctx context.Context, q postgres.Querier, t TrainingSet) (added bool, err error) {
	tag, err := q.Exec(ctx, addTrainingSQL, t.ID, t.Dataset, t.Name, t.RequestID, t.Fingerprint, t.CreatedAt, t.RequestedBy, t.Manifest, t.KeptUntil)
	if err != nil {
		return false, fmt.Errorf("record training set %s: %w", t.ID, err)
	}
	if tag.RowsAffected() == 0 {
		return false, nil
	}
	for _, p := range t.Pins {
		if _, err := q.Exec(ctx, addPinSQL, t.ID, t.Dataset, p.Snapshot, p.AsOf, p.Revision); err != nil {
			return false, fmt.Errorf("record what training set %s is made of: %w", t.ID, err)
		}
	}
	return true, nil
}

const trainingByRequestSQL = selectTraining + `
where dataset = $1 and request_id = $2 and request_id <> ''`

// TrainingSetOfRequest returns what was built under a key, none or one.
func TrainingSetOfRequest(ctx context.Context, q postgres.Querier, dataset, requestID string) ([]TrainingSet, error) {
	return trainingSets(ctx, q, trainingByRequestSQL, dataset, requestID)
}

const trainingLikeSQL = selectTraining + `
where id like $1
order by id
limit $2`

// TrainingSetsLike returns the first limit whose identifier matches a pattern, by
// identifier.
func TrainingSetsLike(ctx context.Context, q postgres.Querier, pattern string, limit int) ([]TrainingSet, error) {
	return trainingSets(ctx, q, trainingLikeSQL, pattern, limit)
}

const trainingListSQL = selectTraining + `
where dataset = $1 and ($2 = '' or name = $2) and ($3 = '' or id < $3)
order by id desc
limit $4`

// ListTrainingSets returns those of a dataset, newest first, behind one that is given.
func ListTrainingSets(ctx context.Context, q postgres.Querier, dataset, name, after string, limit int) ([]TrainingSet, error) {
	return trainingSets(ctx, q, trainingListSQL, dataset, name, after, limit)
}

func trainingSets(ctx context.Context, q postgres.Querier, sql string, args ...any) ([]TrainingSet, error) {
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("read the training sets: %w", err)
	}
	sets, err := pgx.CollectRows(rows, scanTraining)
	if err != nil {
		return nil, fmt.Errorf("read the training sets: %w", err)
	}
	return sets, nil
}

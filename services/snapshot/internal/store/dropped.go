package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
)

// Dropped is a date whose rows retention drops.
type Dropped struct {
	Dataset     string
	AsOf        time.Time
	Run         string
	RequestedBy string
	// Why is the rule by which it goes, in words.
	Why string
}

const dropSQL = `
insert into sf_snapshot.dropped (dataset, as_of, run, requested_by, why) values ($1, $2, $3, $4, $5)
on conflict (dataset, as_of) do nothing`

// Drop records that the rows of a date go, before any of them does.
func Drop(ctx context.Context, q postgres.Querier, d Dropped) error {
	if _, err := q.Exec(ctx, dropSQL, d.Dataset, d.AsOf, d.Run, d.RequestedBy, d.Why); err != nil {
		return fmt.Errorf("record that %s is dropped: %w", d.AsOf.Format(time.DateOnly), err)
	}
	return nil
}

// Gone records that nothing is left of the tables of a date, nor of what was delivered for
// it. It may be called again.
func Gone(ctx context.Context, q postgres.Querier, dataset string, asOf time.Time) error {
	for _, sql := range []string{
		"delete from sf_snapshot.delta where dataset = $1 and as_of = $2",
		"update sf_snapshot.dropped set gone_at = clock_timestamp() where dataset = $1 and as_of = $2 and gone_at is null",
	} {
		if _, err := q.Exec(ctx, sql, dataset, asOf); err != nil {
			return fmt.Errorf("record that %s is gone: %w", asOf.Format(time.DateOnly), err)
		}
	}
	return nil
}

const droppedAtSQL = `select dropped_at from sf_snapshot.dropped where dataset = $1 and as_of = $2`

// DroppedAt says when the rows of a date were dropped; nil where they were not.
func DroppedAt(ctx context.Context, q postgres.Querier, dataset string, asOf time.Time) (*time.Time, error) {
	var at time.Time
	err := q.QueryRow(ctx, droppedAtSQL, dataset, asOf).Scan(&at)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, nil //nolint:nilnil // it was not dropped
	case err != nil:
		return nil, fmt.Errorf("read what was dropped: %w", err)
	}
	return &at, nil
}

// Retained is the error of a date whose rows were dropped; nil where they were not.
// Errors: RETAINED_NO_LONGER.
func Retained(ctx context.Context, q postgres.Querier, dataset string, asOf time.Time) error {
	at, err := DroppedAt(ctx, q, dataset, asOf)
	if err != nil || at == nil {
		return err
	}
	return noLonger(dataset, asOf, *at)
}

// Retained is the error of an entry whose rows were dropped; nil of any other.
// Errors: RETAINED_NO_LONGER.
func (e Entry) Retained() error {
	if e.DroppedAt == nil {
		return nil
	}
	return noLonger(e.Dataset, e.AsOf, *e.DroppedAt)
}

// AllRetained is Retained of the first of some entries that has such an error, the oldest.
func AllRetained(entries map[string]Entry) error {
	var first *Entry
	for _, e := range entries {
		if e.DroppedAt != nil && (first == nil || e.AsOf.Before(first.AsOf)) {
			first = &e
		}
	}
	if first == nil {
		return nil
	}
	return first.Retained()
}

func noLonger(dataset string, asOf, at time.Time) error {
	date := asOf.Format(time.DateOnly)
	return problem.New(problem.RetainedNoLonger, "the rows of dataset %s as of %s were dropped on %s, as its history declares; the catalog keeps their hash and number",
		dataset, date, at.UTC().Format(time.DateOnly)).
		With("dataset", dataset).With("as_of", date).Violate("as_of", "%s was dropped by retention", date)
}

package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
)

// DatePin keeps a date from retention.
type DatePin struct {
	Reason, By string
	At         time.Time
}

const pinSQL = `
insert into sf_snapshot.pin (dataset, as_of, reason, pinned_by) values ($1, $2, $3, $4)
on conflict (dataset, as_of) do update set reason = excluded.reason, pinned_by = excluded.pinned_by, pinned_at = clock_timestamp()
 where pin.reason <> excluded.reason`

// Pin keeps a date. One that is kept for the same reason stays as it is.
func Pin(ctx context.Context, q postgres.Querier, dataset string, asOf time.Time, p DatePin) error {
	if _, err := q.Exec(ctx, pinSQL, dataset, asOf, p.Reason, p.By); err != nil {
		return fmt.Errorf("pin %s: %w", asOf.Format(time.DateOnly), err)
	}
	return nil
}

// Unpin gives a date back.
func Unpin(ctx context.Context, q postgres.Querier, dataset string, asOf time.Time) error {
	if _, err := q.Exec(ctx, "delete from sf_snapshot.pin where dataset = $1 and as_of = $2", dataset, asOf); err != nil {
		return fmt.Errorf("unpin %s: %w", asOf.Format(time.DateOnly), err)
	}
	return nil
}

const pinsSQL = `select as_of, reason, pinned_by, pinned_at from sf_snapshot.pin where dataset = $1`

// DatePins returns what is pinned of a dataset, by date, YYYY-MM-DD.
func DatePins(ctx context.Context, q postgres.Querier, dataset string) (map[string]DatePin, error) {
	rows, err := q.Query(ctx, pinsSQL, dataset)
	if err != nil {
		return nil, fmt.Errorf("read what is pinned: %w", err)
	}
	pins := map[string]DatePin{}
	var asOf time.Time
	var p DatePin
	_, err = pgx.ForEachRow(rows, []any{&asOf, &p.Reason, &p.By, &p.At}, func() error {
		pins[asOf.Format(time.DateOnly)] = p
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read what is pinned: %w", err)
	}
	return pins, nil
}

package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
)

const (
	endedSQL  = `select state in ('SUCCEEDED', 'FAILED', 'CANCELLED') from sf_orchestrator.run where id = $1`
	eventsSQL = `
select run, number, at, kind, step, attempt, state, message, reason, progress, counts
  from sf_orchestrator.run_event where run = $1 and number >= $2 order by number limit $3`
)

// Page is a stretch of the events of a run.
type Page struct {
	Events []run.Event
	// Last is true where no event will ever follow these.
	Last bool
}

// Events returns events of a run from a number on, at most limit. Whether the run
// has ended is asked first, so that none can come between and be missed.
func (s *Store) Events(ctx context.Context, id string, from int64, limit int) (Page, error) {
	var ended bool
	var events []run.Event
	b := &pgx.Batch{}
	b.Queue(endedSQL, id).QueryRow(func(row pgx.Row) error { return row.Scan(&ended) })
	b.Queue(eventsSQL, id, from, limit).Query(func(rows pgx.Rows) error {
		var err error
		events, err = pgx.CollectRows(rows, scanEvent)
		return err
	})
	if err := s.pool.SendBatch(ctx, b); err != nil {
		return Page{}, wrap(err, "read the events of %s", id)
	}
	return Page{Events: events, Last: ended && len(events) < limit}, nil
}

func scanEvent(row pgx.CollectableRow) (run.Event, error) {
	var e run.Event
	var progress, counts []byte
	err := row.Scan(&e.Run, &e.Number, &e.At, &e.Kind, &e.Step, &e.Attempt, &e.State, &e.Message, &e.Reason, &progress, &counts)
	if err == nil && progress != nil {
		e.Progress = &stepv1.Progress{}
		err = decode(progress, e.Progress)
	}
	if err == nil && counts != nil {
		e.Counts, err = decodeList[stepv1.TableCounts](counts)
	}
	return e, err
}

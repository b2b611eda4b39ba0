package publish

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/live"
	"github.com/streamflow/streamflow/services/ingest/internal/statement"
)

// codeUnique says that a row has the values of another one under a unique index.
const codeUnique = "23505"

// exchange is a unique index under which a delivery moves values from one row to another.
type exchange struct {
	live.Unique
	rows int64
}

func (e exchange) found() string {
	return fmt.Sprintf("found unique index %s (%s), which PostgreSQL checks row by row, where values move between rows in one delivery: %s with the value of another one",
		e.Name, strings.Join(e.Columns, ", "), prose.Count(e.rows, "row"))
}

// warnOfExchanges adds a warning to a plan for every unique index of the users' own that
// would refuse the delivery, or may, as the order of its rows has it.
func (w *work) warnOfExchanges(ctx context.Context, t staged) error {
	all, err := w.exchanges(ctx, w.conn, t)
	for _, e := range all {
		w.found = append(w.found, &stepv1.Finding{
			Reason: string(problem.LiveTableDiffers), Severity: datasetv1.Severity_SEVERITY_WARNING, Table: t.Name, Count: e.rows,
			Message:  fmt.Sprintf("%s: %s: a run may be refused; %s", t.Live, e.found(), e.Mend),
			Expected: "a unique constraint that is checked at the end of the transaction", Found: e.found(), Action: e.Mend,
		})
	}
	return err
}

// exchanges are the unique indexes of a live table that stands under which the delivery
// moves values.
func (w *work) exchanges(ctx context.Context, q postgres.Querier, t staged) ([]exchange, error) {
	all, err := live.Uniques(ctx, q, t.Table)
	if err != nil {
		return nil, err
	}
	l := w.live[t.Name]
	stands := statement.Standing{Open: l.Open(), Lacks: l.Lacks(t.Table)}
	var moving []exchange
	for _, u := range all {
		columns := l.Open().AllNow(u.Columns)
		if !slices.ContainsFunc(columns, func(c string) bool { return !slices.Contains(t.Key, c) }) {
			continue // the key tells rows apart, and stays with its row
		}
		e := exchange{Unique: u}
		sql := statement.Exchanged(t.Table, t.from, columns, stands, t.Deletes || w.corrects)
		if err := q.QueryRow(ctx, sql, pgx.QueryExecModeExec).Scan(&e.rows); err != nil {
			return nil, fmt.Errorf("look for values that move under %s: %w", u.Name, err)
		}
		if e.rows > 0 {
			moving = append(moving, e)
		}
	}
	return moving, nil
}

// exchanged gives the way out to a publish that a unique index refused, where values only
// move from one row to another; any other error stays as it is. The transaction is over, so
// that it is looked for anew.
func (p *Publisher) exchanged(ctx context.Context, w *work, err error) error {
	var pg *pgconn.PgError
	if w == nil || w.batch == nil || !errors.As(err, &pg) || pg.Code != codeUnique {
		return err
	}
	for _, t := range w.tables() {
		if t.Live.Schema != pg.SchemaName || t.Live.Name != pg.TableName || !w.live[t.Name].Exists {
			continue
		}
		all, failed := w.exchanges(ctx, p.Pool, t)
		if failed != nil {
			w.req.Report(&stepv1.Progress{Phase: "look for values that move: " + failed.Error()})
			return err
		}
		for _, e := range all {
			if e.Name == pg.ConstraintName {
				return problem.Wrap(err, problem.LiveTableDiffers, "%s: %s; %v; have it checked at the end of the transaction: %s; nothing was written",
					t.Live, e.found(), err, e.Mend).With("constraint", pg.ConstraintName).Violate(t.Live.String(), "%s; %s", e.found(), e.Mend)
			}
		}
	}
	return err
}

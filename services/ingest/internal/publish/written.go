package publish

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/statement"
)

// findHands looks for what of the users' own is called as the tables are written, and
// counts the rows of all tables before any of it can be.
func (w *work) findHands(ctx context.Context) (err error) {
	var tables []relation.Relation
	made := false
	for _, t := range w.tables() {
		tables, made = append(tables, t.Live), made || !w.live[t.Name].Exists
	}
	if w.hands, err = handsOn(ctx, w.conn, tables, made); err != nil || len(w.hands) == 0 {
		return err
	}
	w.before = map[string]int64{}
	for _, t := range w.tables() {
		if !w.live[t.Name].Exists {
			continue
		}
		var rows, keyed int64
		if err := w.conn.QueryRow(ctx, statement.CountLive(t.Table, nil), pgx.QueryExecModeExec).Scan(&rows, &keyed); err != nil {
			return fmt.Errorf("count %s: %w", t.Live, err)
		}
		w.before[t.Name] = rows
	}
	return nil
}

// checkWritten compares the live tables with the candidates once more, after all that
// was written, where something of the users' own may have changed rows behind the counts: those
// of its own table or of another. Where there is nothing of that kind, nothing is compared.
func (w *work) checkWritten(ctx context.Context) error {
	if len(w.hands) == 0 {
		return nil
	}
	// What a deferred trigger does it does now, and not after it was looked for.
	if err := w.exec(ctx, "set constraints all immediate"); err != nil {
		return fmt.Errorf("have the deferred triggers fire: %w", err)
	}
	for _, t := range w.tables() {
		if err := w.compareWritten(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// otherwise is how a live table differs from what was written into it.
type otherwise struct {
	missing, differ, more int64
	columns               []string
}

func (w *work) compareWritten(ctx context.Context, t staged) error {
	w.report(t.Name, "compare what was written", t.counts.GetRows())
	var o otherwise
	var changed []int64
	var rows, keyed int64
	err := w.conn.QueryRow(ctx, statement.Compare(t.Table, t.from, statement.Standing{}), pgx.QueryExecModeExec).Scan(&o.missing, &o.differ, &changed)
	if err == nil {
		err = w.conn.QueryRow(ctx, statement.CountLive(t.Table, nil), pgx.QueryExecModeExec).Scan(&rows, &keyed)
	}
	if err != nil {
		return fmt.Errorf("compare what was written into %s: %w", t.Live, err)
	}
	if o.more = rows - w.before[t.Name] - t.counts.GetInserted() + t.counts.GetWithdrawn(); t.Deletes {
		o.more = keyed - t.counts.GetRows()
	}
	for i, name := range t.Others() {
		if changed[i] > 0 {
			o.columns = append(o.columns, name)
		}
	}
	if o.missing == 0 && o.differ == 0 && o.more == 0 {
		return nil
	}
	return w.changedBehind(t, o)
}

// String says what was found, such as "2 rows that differ in note and 1 row too many".
func (o otherwise) String() string {
	var said []string
	if o.differ > 0 {
		verb := "differ"
		if o.differ == 1 {
			verb = "differs"
		}
		said = append(said, fmt.Sprintf("%s that %s in %s", prose.Count(o.differ, "row"), verb, strings.Join(o.columns, ", ")))
	}
	if o.missing > 0 {
		said = append(said, prose.Count(o.missing, "row")+" missing")
	}
	switch more := o.more + o.missing; { // those that are missing are not there to be counted
	case more > 0:
		said = append(said, prose.Count(more, "row")+" too many")
	case more < 0:
		said = append(said, prose.Count(-more, "row")+" gone that stood there")
	}
	return strings.Join(said, " and ")
}

// changedBehind is the error of a table that holds other rows than were written into it.
func (w *work) changedBehind(t staged, o otherwise) error {
	p := problem.New(problem.LiveTableDiffers,
		"%s: expected what %s holds, found after it was written %s: %s; nothing was written", t.Live, t.File, o, w.blame(t))
	return p.With("batch", w.batch.GetId()).Violate(t.Live.String(), "found %s after it was written: %s", o, w.blame(t))
}

// interfered is the error of a table that did with the rows something else than it was
// told, as a trigger of the users' own may. What is counted, and judged by the counts,
// would not be what happened.
func (w *work) interfered(t staged, verb string, told, did int64) error {
	p := problem.New(problem.LiveTableDiffers,
		"%s: expected %d rows to be %s, and %d were: %s; nothing was written", t.Live, told, verb, did, w.blame(t))
	return p.With("batch", w.batch.GetId()).Violate(t.Live.String(), "%d of %d rows were %s: %s", did, told, verb, w.blame(t))
}

package publish

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/ingest/internal/acceptance"
	"github.com/streamflow/streamflow/services/ingest/internal/departure"
	"github.com/streamflow/streamflow/services/ingest/internal/statement"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

// absence is what one table's live rows without a row in the candidate come to.
type absence struct {
	before *departure.Before
	// all of them, those that departed before included, and none that is withdrawn.
	all int64
	// withdrawn are those that only superseded deliveries brought; held would be, if no row
	// that stays referred to them.
	withdrawn, held int64
	// known says that the ledger holds keys of the table, which must be looked at.
	known bool
	// over says that more depart now than the table allows.
	over bool
}

// absent tells those who depart now from those who had departed before. It finds both
// among the departed of the table's counts, and leaves the new ones there.
func (w *work) absent(ctx context.Context, t staged) (*absence, error) {
	last, err := store.LastDelivered(ctx, w.conn, w.req.Dataset.Name, t.Name)
	if err != nil {
		return nil, err
	}
	a := &absence{before: departure.Of(t.Table, last, w.live[t.Name].Open()), all: t.counts.GetDeparted()}
	inLedger, err := w.countWithdrawn(ctx, t, a)
	if err != nil {
		return nil, err
	}
	earlier := a.before.Absent
	if a.before.Ledger && a.before.Absent > 0 {
		a.known = true
		if t.counts.Returned, earlier, err = w.compareLedger(ctx, t); err != nil {
			return nil, err
		}
		earlier -= inLedger // it counts what still stands in live
	}
	t.counts.Departed = max(a.all-earlier, 0)
	a.over = goes(t, a) > 0 && w.overLimit(t, a)
	return a, nil
}

// goes counts the keys whose number shows whether a file was cut short, as staging does:
// those that depart now, and those that are withdrawn.
func goes(t staged, a *absence) int64 { return t.counts.GetDeparted() + a.withdrawn }

// overLimit says whether too many keys go. A rollback is no file that may be cut short, nor is
// a restamp. Of a table that the users had before it was published, nobody knows which rows
// departed long ago; unless they are to be deleted, staging has warned of them.
func (w *work) overLimit(t staged, a *absence) bool {
	if w.batch.GetRollback() != nil || w.batch.GetRestamps() != "" || a.before.Unpublished() && !t.Deletes {
		return false
	}
	if a.before.Rows == 0 {
		a.before.Rows = w.live[t.Name].Rows
	}
	n := goes(t, a)
	if !a.before.Over(n, t.DepartedLimit) {
		return false
	}
	accepted := acceptance.Of(w.req.Accepted, problem.DeparturesOverLimit, t.Name, n)
	if accepted != nil {
		acceptance.Record(w.batch, accepted, t.Name, n)
	}
	return accepted == nil
}

func (w *work) departing(t staged) statement.Departing {
	return statement.Departing{Table: t.Table, Before: statement.Rows(t.Table, t.Live, w.live[t.Name].Open()), Candidate: t.from}
}

// compareLedger counts the keys of the ledger that are back, and those that are still
// gone from the candidate and stand in live.
func (w *work) compareLedger(ctx context.Context, t staged) (returned, gone int64, err error) {
	err = w.conn.QueryRow(ctx, w.departing(t).Compare(), pgx.QueryExecModeExec, w.req.Dataset.Name, t.Name, true).Scan(&returned, &gone)
	if err != nil {
		return 0, 0, fmt.Errorf("look for those that departed from %s before: %w", t.Live, err)
	}
	return returned, gone, nil
}

// settleDepartures deletes the departed rows of the tables that declare it, children
// before their parents, and enters the others into the ledger, unless there are
// suspiciously many in any of them.
func (w *work) settleDepartures(ctx context.Context) error {
	if err := w.withinLimits(); err != nil {
		return err
	}
	tables := w.tables()
	slices.Reverse(tables)
	for _, t := range tables {
		a := w.absences[t.Name]
		if a == nil { // the table was made just now
			a = &absence{}
		}
		if err := w.settle(ctx, t, a); err != nil {
			return fmt.Errorf("settle what departed from %s: %w", t.Live, err)
		}
	}
	return nil
}

func (w *work) settle(ctx context.Context, t staged, a *absence) error {
	if err := w.sayReferred(ctx, t, a, false); err != nil {
		return err
	}
	if err := w.withdraw(ctx, t, a); err != nil {
		return err
	}
	record := store.PublishedTable{AsOf: w.batch.GetAsOf(), Rows: t.counts.GetRows(), Absent: a.all, KeyColumns: t.Key}
	var err error
	switch {
	case t.Deletes:
		record.Absent = 0
		err = w.deleteDeparted(ctx, t, a)
	case t.DepartedLimit >= 1:
		err = store.ForgetDeparted(ctx, w.conn, w.req.Dataset.Name, t.Name)
	default:
		err = w.enterLedger(ctx, t, a)
	}
	if err != nil {
		return err
	}
	if t.DepartedLimit >= 1 {
		record.KeyColumns = nil
	}
	return store.Delivered(ctx, w.conn, w.req.Dataset.Name, t.Name, record)
}

// deleteDeparted deletes the rows, and what the ledger held of the table: it has no row
// in live any more.
func (w *work) deleteDeparted(ctx context.Context, t staged, a *absence) error {
	if err := store.ForgetDeparted(ctx, w.conn, w.req.Dataset.Name, t.Name); err != nil || a.all == 0 {
		return err
	}
	w.report(t.Name, "delete", a.all)
	tag, err := w.conn.Exec(ctx, statement.DeleteDeparted(t.Table, t.from))
	if err != nil {
		return err
	}
	if t.counts.Deleted = tag.RowsAffected(); t.counts.Deleted != a.all {
		return w.interfered(t, "deleted", a.all, t.counts.GetDeleted())
	}
	return nil
}

// enterLedger brings the ledger up to the candidate: who returned is taken out, who
// departs is entered. Afterwards it holds the key of every live row that the candidate
// lacks, and no other.
func (w *work) enterLedger(ctx context.Context, t staged, a *absence) error {
	args := []any{pgx.QueryExecModeExec, w.req.Dataset.Name, t.Name, true}
	since, entered := w.batch.GetAsOf(), t.counts.GetDeparted()
	switch {
	case a.known:
		if _, err := w.conn.Exec(ctx, w.departing(t).Prune(), args...); err != nil {
			return err
		}
	case a.before == nil || !a.before.Ledger:
		if err := store.ForgetDeparted(ctx, w.conn, w.req.Dataset.Name, t.Name); err != nil {
			return err
		}
		if entered = a.all; entered > t.counts.GetDeparted() || entered > 0 && a.before.Unpublished() {
			since = "" // who departs now cannot be told from who had before
		}
	}
	if entered == 0 {
		return nil
	}
	w.report(t.Name, "note departures", entered)
	tag, err := w.conn.Exec(ctx, w.departing(t).Record(), append(args, since)...)
	if err != nil {
		return err
	}
	if tag.RowsAffected() != entered {
		return w.interfered(t, "found without a row in "+t.File, entered, tag.RowsAffected())
	}
	return nil
}

// withinLimits refuses where more keys depart than a table allows; every such table is
// named. Staging has looked at it: this is for live tables that changed since.
func (w *work) withinLimits() error {
	p := problem.New(problem.DeparturesOverLimit, "").With("batch", w.batch.GetId())
	var said []string
	for _, t := range w.tables() {
		if a := w.absences[t.Name]; a != nil && a.over {
			n := goes(t, a)
			_ = p.Violate(t.Name, "expected %s, found %s%s", a.before.Expected(t.Table), a.before.Found(t.Table, n),
				acceptance.TooFew(w.req.Accepted, problem.DeparturesOverLimit, t.Name, n))
			said = append(said, t.File+": "+p.Violations[len(p.Violations)-1].Description)
		}
	}
	if len(said) == 0 {
		return nil
	}
	p.Message = "too many keys depart, since live changed after the files were staged: " + strings.Join(said, "; ") + "; start the run again; nothing was written"
	return p
}

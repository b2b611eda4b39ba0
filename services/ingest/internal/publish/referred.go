package publish

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/live"
	"github.com/streamflow/streamflow/services/ingest/internal/statement"
)

// codesForbidden say that rows refer to one that was to go: a foreign key's own, and that of
// ON DELETE RESTRICT from PostgreSQL 18 on.
var codesForbidden = []string{"23503", "23001"}

// follows says what comes of rows whose row goes, by pg_constraint's confdeltype; the
// actions that are not among them keep the row from going.
var follows = map[string]string{
	"c": "are deleted with them (ON DELETE CASCADE)",
	"n": "lose what they refer to (ON DELETE SET NULL)",
	"d": "get defaults in its place (ON DELETE SET DEFAULT)",
}

// referrer is a foreign key of the users' own to a live table from which rows go.
type referrer struct {
	live.Referrer
	// rows refer to one that goes; unknown says that they could not be counted.
	rows    int64
	unknown bool
	// behind are the foreign keys by which rows follow those that are deleted in turn.
	behind []live.Link
}

func (r referrer) found() string {
	by := fmt.Sprintf("by the foreign key %s (%s)", r.Name, strings.Join(r.Columns, ", "))
	if r.unknown {
		return fmt.Sprintf("rows of %s, which could not be counted, may refer %s to rows that go", r.From(), by)
	}
	return fmt.Sprintf("rows of %s, which is not of the dataset, refer %s to rows that go (%s)", r.From(), by, prose.Count(r.rows, "row"))
}

// those leads from what was found to what comes of the rows.
func (r referrer) those() string {
	if r.unknown {
		return "; those that do "
	}
	return ", and "
}

// mend says how the rows can stay as they are.
func (r referrer) mend() string {
	if follows[r.OnDelete] == "" {
		return "take those rows away or have them refer to others, or drop the foreign key: " + r.Drop()
	}
	return "where those rows are to stay as they are, drop the foreign key first: " + r.Drop()
}

// sayReferred adds a warning for every foreign key of the users' own whose rows refer to
// rows that go: a plan's of all, a publish's of those that change these rows.
func (w *work) sayReferred(ctx context.Context, t staged, a *absence, planned bool) error {
	if a.withdrawn == 0 && (!t.Deletes || a.all == 0) {
		return nil
	}
	all, err := live.Referrers(ctx, w.conn, t.Table, w.req.Dataset)
	if err != nil {
		return err
	}
	for _, l := range all {
		r := referrer{Referrer: l}
		if err := w.countReferred(ctx, t, &r); err != nil {
			return err
		}
		if r.rows == 0 && !r.unknown {
			continue
		}
		if r.behind, err = l.Behind(ctx, w.conn); err != nil {
			return err
		}
		w.referrers = append(w.referrers, r)
		does := follows[r.OnDelete]
		switch {
		case does == "" && !planned:
			continue // the publish is refused, or none of them does
		case does == "":
			does = "keep them from going: a run is refused"
		}
		w.found = append(w.found, &stepv1.Finding{
			Reason: string(problem.OthersRefer), Severity: datasetv1.Severity_SEVERITY_WARNING, Table: t.Name, Count: r.rows,
			Message: fmt.Sprintf("%s: %s%s", t.Live, r.found(), r.those()+does+r.behindIt()), Found: r.found(), Action: r.mend(),
		})
	}
	return nil
}

// countReferred counts the rows that refer to one that goes.
func (w *work) countReferred(ctx context.Context, t staged, r *referrer) error {
	l := w.live[t.Name]
	stands := statement.Standing{Open: l.Open(), Lacks: l.Lacks(t.Table)}
	p := statement.Pointing{Rows: r.Rows, Columns: r.Columns, To: l.Open().AllNow(r.To), Operators: r.Operators, Collations: r.Collations}
	if r.unknown = r.Rows == "" || !stands.Has(t.Table, p.To); r.unknown {
		return nil
	}
	sql, args := statement.ReferredDeparted(t.Table, t.from, p, stands), []any{pgx.QueryExecModeExec}
	if !t.Deletes {
		of := w.withdrawing(t)
		sql, args = of.Referred(p, stands), w.asking(t, of)
	}
	if err := w.conn.QueryRow(ctx, sql, args...).Scan(&r.rows); err != nil {
		return fmt.Errorf("look for rows of %s that refer to what goes: %w", r.From(), err)
	}
	return nil
}

// keptByOthers gives the way out to a publish that a foreign key of the users' own refused;
// any other error stays as it is.
func (w *work) keptByOthers(err error) error {
	var pg *pgconn.PgError
	if w == nil || !errors.As(err, &pg) || !slices.Contains(codesForbidden, pg.Code) {
		return err
	}
	for _, r := range w.referrers {
		if r.Name == pg.ConstraintName && r.Schema == pg.SchemaName && r.Table == pg.TableName {
			return problem.Wrap(err, problem.LiveTableDiffers, "%s%skeep them from going; %s; nothing was written", r.found(), r.those(), r.mend()).
				With("constraint", r.Name).Violate(r.From().String(), "%s; %s", r.found(), r.mend())
		}
		if l := r.keeps(pg); l != nil {
			return r.keptBehind(err, l)
		}
	}
	return err
}

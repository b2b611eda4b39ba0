package retain

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/streamflow/streamflow/platform/fence"
	"github.com/streamflow/streamflow/platform/pause"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// dropper drops the tables of dates that the catalog has as dropped. What it does is done
// once, whoever does it at the same time, and may be done again.
type dropper struct {
	*Retainer
	fence fence.Fence
	// alone is a session of its own: a partition is detached outside of any transaction, and
	// waits for readers no longer than the session's lock timeout. nil until it is needed.
	alone *pgx.Conn
	// busy are the tables whose readers were waited for long enough: no more than one try is
	// made for another partition of theirs.
	busy map[relation.Relation]bool
}

func (d *dropper) close() {
	if d.alone != nil {
		_ = d.alone.Close(context.Background()) // nothing is under way any more
	}
}

// drop drops every table of a date, and records that nothing is left. What is in the way of
// one keeps only that one.
func (d *dropper) drop(ctx context.Context, date Date, result *Result) error {
	tables, err := store.TablesOfDate(ctx, d.pool, d.fence.Dataset, date.AsOf)
	if err != nil {
		return err
	}
	left := 0
	for _, t := range tables {
		found, mend, err := d.table(ctx, t)
		if err != nil {
			return fmt.Errorf("drop %s: %w", t.Relation, err)
		}
		if found != "" {
			left++
			result.Hindrances = append(result.Hindrances, Hindrance{AsOf: date.AsOf, Snapshot: t.Snapshot, Found: found, Mend: mend, Dropped: true})
		}
	}
	if left > 0 {
		return nil
	}
	return d.fence.Tx(ctx, d.pool, func(ctx context.Context, conn *pgx.Conn) error {
		return store.Gone(ctx, conn, d.fence.Dataset, date.AsOf)
	})
}

// betweenTries is the pause after a try that had to wait for somebody.
const betweenTries = 100 * time.Millisecond

// maxMoves is more than a table needs from attached to gone: each one is looked at anew, since
// an attempt before may still be at it.
const maxMoves = 20

// table takes a table from wherever it stands to being gone, and says what is in the way of
// that.
func (d *dropper) table(ctx context.Context, t store.DateTable) (found, mend string, err error) {
	waited := 0
	for range maxMoves {
		standing, err := store.StandingOf(ctx, d.pool, t.Relation)
		if err != nil || standing == nil {
			return "", "", err
		}
		if found, mend, err := inTheWay(ctx, d.pool, t); found != "" || err != nil {
			return found, mend, err
		}
		err = d.move(ctx, t.Relation, *standing)
		if code := postgres.Code(err); code == notInState || code == undefinedTable {
			// Another attempt, or another partition that is being detached, was there first.
			err = d.finishOther(ctx, *standing)
		}
		switch {
		case err == nil:
		case ctx.Err() != nil || problem.Is(err, problem.FenceLost):
			return "", "", err
		case postgres.IsLockTimeout(err) || postgres.Code(err) == deadlock:
			if waited++; waited >= d.tries(standing.Parent) {
				d.busy[standing.Parent] = true
				return busy(t.Relation, err), "wait for it, or end that session; the next run drops what is left", nil
			}
			if err := pause.Sleep(ctx, betweenTries); err != nil {
				return "", "", err
			}
		case postgres.Transient(err):
			return "", "", err
		default:
			return fmt.Sprintf("PostgreSQL refuses to drop %s: %s", t.Relation, refusal(err)), "", nil
		}
	}
	return fmt.Sprintf("%s does not stay as it is left: somebody else alters it", t.Relation), "", nil
}

// refusal is what an error says. A function of the user's that is called as a table is dropped
// is of an event trigger: no rows are written.
func refusal(err error) string {
	var pg *pgconn.PgError
	if _, theirs := postgres.RaisedInFunction(err); !theirs || !errors.As(err, &pg) {
		return err.Error()
	}
	return problem.FromError(postgres.RefusedMaking(pg, problem.SnapshotTableDiffers)).Message
}

// tries is how often a partition of a table is tried.
func (d *dropper) tries(parent relation.Relation) int {
	if d.busy[parent] && parent != (relation.Relation{}) {
		return 1
	}
	return d.opts.Tries
}

// PostgreSQL's codes of what may be met on the way.
const (
	deadlock       = "40P01"
	notInState     = "55000"
	undefinedTable = "42P01"
)

// busy says that somebody uses a table.
func busy(r relation.Relation, err error) string {
	return fmt.Sprintf("somebody uses the snapshots of %s all the while (%v)", r, err)
}

// move does the next thing with a table: it detaches it, finishes that, or drops it.
func (d *dropper) move(ctx context.Context, r relation.Relation, s store.Standing) error {
	attached := s.Parent != relation.Relation{}
	switch {
	case attached && s.Pending:
		return d.outside(ctx, detach(s.Parent, r)+" finalize")
	case attached:
		return d.outside(ctx, detach(s.Parent, r)+" concurrently")
	}
	return d.fence.Tx(ctx, d.pool, func(ctx context.Context, conn *pgx.Conn) error {
		if _, err := conn.Exec(ctx, fmt.Sprintf("set local lock_timeout = '%dms'", d.opts.LockTimeout.Milliseconds())); err != nil {
			return fmt.Errorf("limit the wait for locks: %w", err)
		}
		_, err := conn.Exec(ctx, "drop table "+r.SQL())
		return err
	})
}

func detach(parent, r relation.Relation) string {
	return fmt.Sprintf("alter table %s detach partition %s", parent.SQL(), r.SQL())
}

// outside runs a statement that no transaction may hold, for as long as the fence is live.
// It does what the catalog says already, so that one that comes late does no harm.
func (d *dropper) outside(ctx context.Context, sql string) error {
	if err := d.fence.Check(ctx, d.pool); err != nil {
		return err
	}
	if d.alone == nil || d.alone.IsClosed() {
		conn, err := d.pool.Connect(ctx)
		if err != nil {
			return postgres.Problem(fmt.Errorf("connect: %w", err))
		}
		d.alone = conn
		if _, err := conn.Exec(ctx, fmt.Sprintf("set lock_timeout = '%dms'", d.opts.LockTimeout.Milliseconds())); err != nil {
			return postgres.Problem(fmt.Errorf("limit the wait for locks: %w", err))
		}
	}
	watch, err := d.pool.WatchLocks(ctx, d.alone, nil)
	if err != nil {
		return postgres.Problem(err)
	}
	_, err = d.alone.Exec(ctx, sql, pgx.QueryExecModeSimpleProtocol)
	if holders := watch.Stop(); err != nil && holders != "" {
		err = fmt.Errorf("%w; it waits for %s", err, holders)
	}
	return err
}

const pendingSQL = `
select n.nspname::text, c.relname::text
  from pg_catalog.pg_inherits i
  join pg_catalog.pg_class p on p.oid = i.inhparent
  join pg_catalog.pg_namespace pn on pn.oid = p.relnamespace
  join pg_catalog.pg_class c on c.oid = i.inhrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where pn.nspname = $1 and p.relname = $2 and i.inhdetachpending`

// finishOther finishes the detaching of another partition of the same table, which somebody
// began and left: PostgreSQL detaches one at a time.
func (d *dropper) finishOther(ctx context.Context, s store.Standing) error {
	rows, err := d.pool.Query(ctx, pendingSQL, s.Parent.Schema, s.Parent.Name)
	if err != nil {
		return fmt.Errorf("look for what is being detached from %s: %w", s.Parent, err)
	}
	pending, err := pgx.CollectRows(rows, pgx.RowToStructByPos[relation.Relation])
	if err != nil {
		return fmt.Errorf("look for what is being detached from %s: %w", s.Parent, err)
	}
	for _, other := range pending {
		err := d.outside(ctx, detach(s.Parent, other)+" finalize")
		if err != nil && postgres.Code(err) != notInState && postgres.Code(err) != undefinedTable {
			return err
		}
	}
	return pause.Sleep(ctx, betweenTries)
}

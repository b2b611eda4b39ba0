package difference

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/streamflow/streamflow/platform/personal"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/services/snapshot/internal/digest"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// joinMemory is for the join and the sort of one comparison. Less, and a million rows are
// joined on disk; more, and some at once are felt on a small machine.
const joinMemory = "set local work_mem = '64MB'"

// rowsAtOnce and textAtOnce bound what is told at once: so many rows, or so many bytes of
// values. A message holds at least one row.
const (
	rowsAtOnce = 500
	textAtOnce = 64 << 10
)

// compare tells how the two of a pair differ, in a transaction that sees one state.
func (d *Differ) compare(ctx context.Context, o Order, p pair, to Teller) error {
	err := pgx.BeginTxFunc(ctx, d.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		h, err := p.head(ctx, tx)
		if err != nil {
			return err
		}
		if h.shown, err = h.settle(ctx, tx, d.keys, o); err != nil {
			return err
		}
		if err := to.Head(h); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, joinMemory+"; "+digest.Settings); err != nil {
			return fmt.Errorf("set up the transaction: %w", err)
		}
		return h.read(ctx, tx, o, to)
	})
	return postgres.Problem(err)
}

// read runs the query that the order needs, and tells what it gives.
func (h Head) read(ctx context.Context, tx pgx.Tx, o Order, to Teller) error {
	sql := allRows(h)
	switch {
	case o.CountsOnly:
		sql = countRows(h)
	case o.Limit > 0:
		sql = firstRows(h, o.Limit)
	}
	rows := tx.Conn().PgConn().ExecParams(ctx, sql, nil, nil, nil, []int16{pgx.BinaryFormatCode})
	t := telling{to: to, counts: Counts{Columns: make([]int64, len(h.Columns))}, counting: o.Limit == 0 && !o.CountsOnly}
	told := h.tell(rows, &t)
	if _, err := rows.Close(); told == nil && err != nil { // what is not read is drained, and the connection free again
		told = h.failed(err)
	}
	if told != nil {
		return told
	}
	return t.end()
}

func (h Head) tell(rows *pgconn.ResultReader, t *telling) error {
	for rows.NextRow() {
		r, counts, err := decodeRow(rows.Values())
		if err != nil {
			return h.failed(err)
		}
		h.hide(r)
		if err := t.take(r, counts); err != nil {
			return err
		}
	}
	return nil
}

func (h Head) failed(err error) error {
	return fmt.Errorf("compare %s with %s: %w", h.From.Relation, h.To.Relation, err)
}

// settle settles how the values of personal columns are shown, by the later of the two.
func (h Head) settle(ctx context.Context, tx pgx.Tx, keys *personal.Keys, o Order) (personal.Settled, error) {
	veil := keys.Veil(personal.Table{Dataset: o.Dataset, Key: layout.Names(h.Key), Personal: o.Personal[h.To.Snapshot]})
	return veil.Before(ctx, tx, h.To.Relation, layout.Names(slices.Concat(h.Key, h.Columns)))
}

// hide shows what a row has of personal values as it may be.
func (h Head) hide(r Row) {
	for i := range r.Key {
		r.Key[i] = h.shown.Value(h.Key[i].Name, r.Key[i])
	}
	for i, c := range h.Columns {
		for _, value := range []*string{at(r.From, i), at(r.To, i)} {
			if value != nil {
				*value = h.shown.Value(c.Name, *value)
			}
		}
	}
}

func at(values []*string, i int) *string {
	if i < len(values) {
		return values[i]
	}
	return nil
}

// telling gathers rows until there are enough to be told.
type telling struct {
	to   Teller
	rows []Row
	text int
	// counts are of the rows so far; counting says that nobody else counted them.
	counts   Counts
	counting bool
}

// take takes a row, or counts where there is no key.
func (t *telling) take(r Row, counts []int64) error {
	if r.Key == nil {
		return t.to.Counts(Counts{Removed: counts[0], Added: counts[1], Changed: counts[2], Columns: counts[3:]})
	}
	t.count(r)
	t.rows, t.text = append(t.rows, r), t.text+r.size()
	if len(t.rows) < rowsAtOnce && t.text < textAtOnce {
		return nil
	}
	return t.flush()
}

func (t *telling) count(r Row) {
	switch {
	case r.Removed:
		t.counts.Removed++
	case r.Added:
		t.counts.Added++
	default:
		t.counts.Changed++
		for i, yes := range r.Differs {
			if yes {
				t.counts.Columns[i]++
			}
		}
	}
}

func (t *telling) flush() error {
	if len(t.rows) == 0 {
		return nil
	}
	err := t.to.Rows(t.rows)
	t.rows, t.text = nil, 0
	return err
}

func (t *telling) end() error {
	if err := t.flush(); err != nil || !t.counting {
		return err
	}
	return t.to.Counts(t.counts)
}

// size is about how many bytes a row takes.
func (r Row) size() int {
	n := 0
	for _, key := range r.Key {
		n += len(key)
	}
	for i := range r.From {
		for _, value := range []*string{r.From[i], r.To[i]} {
			if value != nil {
				n += len(*value)
			}
		}
	}
	return n
}

package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// single is one statement that stands by itself: on a session of its own it runs as it
// is, behind a pooler in a transaction that pins it.
type single struct {
	conn *pgxpool.Conn
	tx   pgx.Tx          // nil on a session of its own
	ctx  context.Context //nolint:containedctx // the statement's, to end it with
}

func (p *Pool) single(ctx context.Context) (*single, error) {
	c, err := p.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	s := &single{conn: c, ctx: ctx}
	if !shared(c.Conn().PgConn()) {
		return s, nil
	}
	if s.tx, err = Begin(ctx, c.Conn(), pgx.TxOptions{}); err != nil {
		c.Release()
		return nil, err
	}
	return s, nil
}

// end ends the statement, once, and returns what went wrong with it or with its end.
func (s *single) end(err error) error {
	if s.conn == nil {
		return err
	}
	defer func() { s.conn.Release(); s.conn = nil }()
	switch {
	case s.tx == nil:
	case err != nil:
		Rollback(s.ctx, s.conn.Conn())
	default:
		if err = s.tx.Commit(s.ctx); err != nil {
			return fmt.Errorf("commit: %w", err)
		}
	}
	return err
}

// Exec runs a statement.
func (p *Pool) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	s, err := p.single(ctx)
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	tag, err := s.conn.Exec(ctx, sql, args...)
	return tag, s.end(err)
}

// Query runs a query. The rows must be closed, or read to their end.
func (p *Pool) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	s, err := p.single(ctx)
	if err != nil {
		return nil, err
	}
	r, err := s.conn.Conn().Query(ctx, sql, args...)
	if err != nil {
		return nil, s.end(err)
	}
	return &rows{Rows: r, single: s}, nil
}

// QueryRow runs a query of one row. Errors, pgx.ErrNoRows among them, are Scan's.
func (p *Pool) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	r, err := p.Query(ctx, sql, args...)
	return row{r, err}
}

// SendBatch sends statements in one round trip, and hands their results to the
// functions that were queued with them.
func (p *Pool) SendBatch(ctx context.Context, b *pgx.Batch) error {
	s, err := p.single(ctx)
	if err != nil {
		return err
	}
	return s.end(s.conn.SendBatch(ctx, b).Close())
}

// rows end their statement when they are over.
type rows struct {
	pgx.Rows
	single *single
	err    error
}

// Next reads the next row.
func (r *rows) Next() bool {
	if r.Rows.Next() {
		return true
	}
	r.Close()
	return false
}

// Scan reads the row into dest; where it cannot, the rows are over.
func (r *rows) Scan(dest ...any) error {
	err := r.Rows.Scan(dest...)
	if err != nil {
		r.Close()
	}
	return err
}

// Close ends the rows.
func (r *rows) Close() {
	r.Rows.Close()
	if r.single.conn != nil {
		r.err = r.single.end(r.Rows.Err())
	}
}

// Err says what went wrong, with the rows or with their end.
func (r *rows) Err() error {
	if r.err != nil {
		return r.err
	}
	return r.Rows.Err()
}

// row is the first of some rows.
type row struct {
	rows pgx.Rows
	err  error
}

// Scan reads the row into dest. Errors: pgx.ErrNoRows.
func (r row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	defer r.rows.Close()
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return err
		}
		return pgx.ErrNoRows
	}
	if err := r.rows.Scan(dest...); err != nil {
		return err
	}
	r.rows.Close()
	return r.rows.Err()
}

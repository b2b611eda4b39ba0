package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// rollbackTimeout bounds the rollback of a transaction whose context has ended.
const rollbackTimeout = 5 * time.Second

// Begin begins a pinned transaction on a connection, read committed and read write
// unless opts say otherwise.
func Begin(ctx context.Context, conn *pgx.Conn, opts pgx.TxOptions) (pgx.Tx, error) {
	opts.BeginQuery = beginPinned(majorVersion(conn.PgConn()), opts)
	return conn.BeginTx(ctx, opts)
}

// Rollback ends a transaction without its changes, also where its context has ended; a
// connection that cannot do it is closed, which does it as well.
func Rollback(ctx context.Context, conn *pgx.Conn) {
	if conn.IsClosed() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTimeout)
	defer cancel()
	if _, err := conn.Exec(ctx, "rollback"); err != nil {
		_ = conn.Close(ctx)
	}
}

// Begin begins a pinned transaction, read committed and read write.
func (p *Pool) Begin(ctx context.Context) (pgx.Tx, error) { return p.BeginTx(ctx, pgx.TxOptions{}) }

// BeginTx begins a pinned transaction; its connection goes back with its end.
func (p *Pool) BeginTx(ctx context.Context, opts pgx.TxOptions) (pgx.Tx, error) {
	c, err := p.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	tx, err := Begin(ctx, c.Conn(), opts)
	if err != nil {
		c.Release()
		return nil, err
	}
	return &transaction{Tx: tx, conn: c}, nil
}

// transaction gives its connection back when it ends.
type transaction struct {
	pgx.Tx
	conn *pgxpool.Conn
}

// Commit commits, and gives the connection back.
func (t *transaction) Commit(ctx context.Context) error {
	err := t.Tx.Commit(ctx)
	t.release()
	return err
}

// Rollback rolls back, and gives the connection back. After the end it does nothing.
func (t *transaction) Rollback(ctx context.Context) error {
	err := t.Tx.Rollback(ctx)
	t.release()
	return err
}

func (t *transaction) release() {
	if t.conn != nil {
		t.conn.Release()
		t.conn = nil
	}
}

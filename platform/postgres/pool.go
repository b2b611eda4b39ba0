// Package postgres is how a service stands on PostgreSQL: a pool of sessions that are
// pinned to what our SQL relies on, errors that tell a passing fault from a defect,
// migrations as the owner, and a check that says whether both are there yet.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/streamflow/streamflow/platform/pause"
)

// Querier is what runs statements: a pool, a connection, a transaction.
type Querier interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// restTime is how long a connection may lie in the pool before it is asked whether
// it still lives. It is shorter than any restart of PostgreSQL takes, so that no
// request is sent over a connection of the server that was, and longer than the
// pauses between the statements of one piece of work, which need not pay for asking.
const restTime = 10 * time.Millisecond

// defaultMaxConns is the most connections that a pool opens unless it is told.
const defaultMaxConns = 16

// Waits for a connection of the pool's own, where the server grants no more of them.
const (
	firstWait = 10 * time.Millisecond
	lastWait  = 200 * time.Millisecond
)

// PoolConfig says how to open a pool.
type PoolConfig struct {
	// URL of the database, postgres://user:password@host:port/database. Its
	// pool_max_conns and target_session_attrs are honoured.
	URL string
	// Application is the application_name that pg_stat_activity shows.
	Application string
	// MaxConns is the most connections that the pool opens, where the URL does not say.
	// Default: 16.
	MaxConns int32
	// Log hears once that the connections go through a pooler. nil: nobody does.
	Log *slog.Logger
}

// Pool is a pool of pinned sessions. A transaction is pinned for itself, a single
// statement by its session; behind a pooler, where sessions are shared, a single
// statement is a transaction. It is safe for concurrent use.
type Pool struct {
	pool *pgxpool.Pool
	way  *way
}

// Open makes a pool. It does not connect: a service starts before PostgreSQL does.
func Open(cfg PoolConfig) (*Pool, error) {
	pc, err := pgxpool.ParseConfig(cfg.URL)
	if err != nil {
		return nil, fmt.Errorf("database URL: %w", err)
	}
	if pc.MaxConns, err = maxConns(pc, cfg); err != nil {
		return nil, err
	}
	warnOfPlain(cfg.Log, &pc.ConnConfig.Config)
	pc.MaxConnIdleTime = time.Minute
	pc.ShouldPing = func(_ context.Context, p pgxpool.ShouldPingParams) bool { return p.IdleDuration > restTime }
	pc.ConnConfig.ConnectTimeout = connectTimeout
	if cfg.Application != "" {
		pc.ConnConfig.RuntimeParams["application_name"] = cfg.Application
	}
	p := &Pool{way: newWay(cfg.URL)}
	if cfg.Log != nil {
		p.way.found = sync.OnceFunc(func() {
			cfg.Log.Info("connections go through a pooler: each statement is a transaction that is pinned by itself")
		})
	}
	pc.ConnConfig.OnPgError = p.leaveStandby(pc.ConnConfig.OnPgError)
	pc.BeforeConnect = func(_ context.Context, cc *pgx.ConnConfig) error {
		p.way.prepare(cc)
		return nil
	}
	// The context is not used while no connection is made.
	p.pool, err = pgxpool.NewWithConfig(context.Background(), pc)
	if err != nil {
		return nil, fmt.Errorf("open pool: %w", err)
	}
	return p, nil
}

// maxConns is what the URL says, else what the configuration does.
func maxConns(pc *pgxpool.Config, cfg PoolConfig) (int32, error) {
	cc, err := pgx.ParseConfig(cfg.URL)
	if err != nil {
		return 0, fmt.Errorf("database URL: %w", err)
	}
	switch _, said := cc.RuntimeParams["pool_max_conns"]; {
	case said:
		return pc.MaxConns, nil
	case cfg.MaxConns > 0:
		return cfg.MaxConns, nil
	default:
		return defaultMaxConns, nil
	}
}

// leaveStandby closes a connection to a server that turned out to take no writes, and
// those that lie idle, which came the same way: the next ones look for the primary.
func (p *Pool) leaveStandby(otherwise pgconn.PgErrorHandler) pgconn.PgErrorHandler {
	return func(conn *pgconn.PgConn, err *pgconn.PgError) bool {
		if err.Code == codeReadOnly {
			p.pool.Reset()
			return false
		}
		return otherwise(conn, err)
	}
}

// Pooler says whether the last connection went through a pooler, where LISTEN hears
// nothing and a session's state is anybody's.
func (p *Pool) Pooler() bool { return p.way.pooler.Load() }

// Close closes all connections, and waits for those that are in use.
func (p *Pool) Close() { p.pool.Close() }

// Stat tells how many connections there are, and what they do.
func (p *Pool) Stat() *pgxpool.Stat { return p.pool.Stat() }

// Acquire takes a connection out of the pool. Begin its transactions with Begin. Where
// the server grants no more connections than the pool has, it waits for one of those.
func (p *Pool) Acquire(ctx context.Context) (*pgxpool.Conn, error) {
	for wait := firstWait; ; wait = min(2*wait, lastWait) {
		c, err := p.pool.Acquire(ctx)
		if errors.Is(err, errOtherWay) {
			c, err = p.pool.Acquire(ctx)
		}
		if Code(err) != codeTooManyConns || p.pool.Stat().TotalConns() == 0 {
			return c, err
		}
		if pause.Sleep(ctx, wait) != nil {
			return nil, err
		}
	}
}

// Connect makes a connection outside the pool, pinned like those in it. Behind a pooler
// it has no session of its own.
func (p *Pool) Connect(ctx context.Context) (*pgx.Conn, error) {
	conn, err := p.connect(ctx)
	if errors.Is(err, errOtherWay) {
		conn, err = p.connect(ctx)
	}
	return conn, err
}

func (p *Pool) connect(ctx context.Context) (*pgx.Conn, error) {
	cc := p.pool.Config().ConnConfig
	p.way.prepare(cc)
	return pgx.ConnectConfig(ctx, cc)
}

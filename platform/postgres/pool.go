// Package postgres is how a service stands on PostgreSQL: a pool with the settings
// that make text canonical, errors that tell a passing fault from a defect,
// migrations as the owner, and a check that says whether both are there yet.
package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Querier is what runs statements: a pool, a connection, a transaction.
type Querier interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// session holds the settings of every connection. Dates, times and numbers are
// text of one form only, because content hashes are made of it; a plan that is
// compiled just in time costs more than it saves on statements that run once.
var session = map[string]string{
	"timezone":      "UTC",
	"datestyle":     "ISO, YMD",
	"intervalstyle": "iso_8601",
	"jit":           "off",
}

// restTime is how long a connection may lie in the pool before it is asked whether
// it still lives. It is shorter than any restart of PostgreSQL takes, so that no
// request is sent over a connection of the server that was, and longer than the
// pauses between the statements of one piece of work, which need not pay for asking.
const restTime = 10 * time.Millisecond

// PoolConfig says how to open a pool.
type PoolConfig struct {
	// URL of the database, postgres://user:password@host:port/database.
	URL string
	// Application is the application_name that pg_stat_activity shows.
	Application string
	// MaxConns is the most connections that the pool opens. Default: 16.
	MaxConns int32
}

// Open makes a pool. It does not connect: a service starts before PostgreSQL does.
func Open(cfg PoolConfig) (*pgxpool.Pool, error) {
	pc, err := pgxpool.ParseConfig(cfg.URL)
	if err != nil {
		return nil, fmt.Errorf("database URL: %w", err)
	}
	pc.MaxConns = 16
	if cfg.MaxConns > 0 {
		pc.MaxConns = cfg.MaxConns
	}
	pc.MaxConnIdleTime = time.Minute
	pc.ShouldPing = func(_ context.Context, p pgxpool.ShouldPingParams) bool { return p.IdleDuration > restTime }
	pc.ConnConfig.ConnectTimeout = 5 * time.Second
	for k, v := range session {
		pc.ConnConfig.RuntimeParams[k] = v
	}
	if cfg.Application != "" {
		pc.ConnConfig.RuntimeParams["application_name"] = cfg.Application
	}
	// The context is not used while no connection is made.
	pool, err := pgxpool.NewWithConfig(context.Background(), pc)
	if err != nil {
		return nil, fmt.Errorf("open pool: %w", err)
	}
	return pool, nil
}

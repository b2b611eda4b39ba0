package postgres

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"github.com/streamflow/streamflow/platform/pause"
)

// A migration waits for a lock in short tries: while it waits, everybody who wants the
// table after it waits behind it, be it for a moment's look.
const (
	migrationLockTimeout = "2s"
	migrationTries       = 60
	migrationPause       = 3 * time.Second
	migrator             = "streamflow-migrate"
)

// openPatient opens the connections that migrations are run over.
func openPatient(cc pgx.ConnConfig) *sql.DB {
	cc = *cc.Copy()
	cc.RuntimeParams["application_name"] = migrator
	return stdlib.OpenDB(cc, stdlib.OptionAfterConnect(func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, "set lock_timeout = '"+migrationLockTimeout+"'")
		return err
	}))
}

// upPatiently applies what is missing. A migration that cannot have its locks lets go of
// everything, so that those behind it get their turn, and is tried again; watcher, a
// connection that is free meanwhile, looks whose locks they are.
func upPatiently(ctx context.Context, watcher *pgx.Conn, p *goose.Provider, log *slog.Logger) ([]*goose.MigrationResult, error) {
	for try := 1; ; try++ {
		holders := watchMigration(ctx, watcher)
		applied, err := p.Up(ctx)
		held := holders()
		if err == nil || !IsLockTimeout(err) {
			return applied, err
		}
		if try == migrationTries {
			return nil, fmt.Errorf("%d tries of %s each could not have a lock that %s holds; end that session or wait for it, and migrate again: %w",
				try, migrationLockTimeout, held, err)
		}
		if log != nil {
			log.WarnContext(ctx, "a migration waits for a lock, and is tried again", "held_by", held, "try", try)
		}
		if err := pause.Sleep(ctx, migrationPause); err != nil {
			return nil, err
		}
	}
}

const migrationBlockersSQL = `
select a.pid, coalesce(a.usename::text, ''), coalesce(a.application_name, ''), coalesce(a.state, ''), a.xact_start
  from pg_stat_activity w
 cross join lateral unnest(pg_blocking_pids(w.pid)) b (pid)
  join pg_stat_activity a on a.pid = b.pid
 where w.datname = current_database() and w.application_name = $1 and w.wait_event_type = 'Lock'
 limit 3`

// watchMigration looks, until the returned function is called, whom migrations wait for;
// the function returns the last it saw.
func watchMigration(ctx context.Context, conn *pgx.Conn) func() string {
	ctx, stop := context.WithCancel(ctx)
	seen := make(chan string, 1)
	go func() {
		last := "another session"
		for pause.Sleep(ctx, lookEvery) == nil {
			// It is let end, so that the connection is fit for what comes after.
			rows, err := conn.Query(context.WithoutCancel(ctx), migrationBlockersSQL, migrator)
			if err != nil {
				continue
			}
			if found, err := pgx.CollectRows(rows, describeHolder); err == nil && len(found) > 0 {
				last = strings.Join(found, " and ")
			}
		}
		seen <- last
	}()
	return func() string { stop(); return <-seen }
}

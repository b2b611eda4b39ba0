package postgres

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/pause"
	"github.com/streamflow/streamflow/platform/prose"
)

// lookEvery is how often it is looked whether a transaction waits for a lock. Most are
// over before the first look.
const lookEvery = time.Second

// Watch looks, beside a transaction, whether it waits for a lock, and for whom.
type Watch struct {
	stop func()
	done chan struct{}
	mu   sync.Mutex
	last string
}

// WatchLocks watches the transaction of a connection until Stop. say, where given, is
// told whom it waits for whenever that changes, from another goroutine. The look goes
// over a connection of its own, and is left out while the pool has none to spare.
func (p *Pool) WatchLocks(ctx context.Context, conn *pgx.Conn, say func(string)) (*Watch, error) {
	pid := int32(conn.PgConn().PID())
	if Shared(conn) {
		if err := conn.QueryRow(ctx, "select pg_backend_pid()").Scan(&pid); err != nil {
			return nil, fmt.Errorf("ask for the session's number: %w", err)
		}
	}
	ctx, stop := context.WithCancel(ctx)
	w := &Watch{stop: stop, done: make(chan struct{})}
	go func() {
		defer close(w.done)
		for pause.Sleep(ctx, lookEvery) == nil {
			if holders := p.blockers(ctx, pid); holders != "" && w.note(holders) && say != nil {
				say(holders)
			}
		}
	}()
	return w, nil
}

// Stop ends the watch, and returns whom the transaction waited for last; nothing where
// it waited for nobody.
func (w *Watch) Stop() string {
	w.stop()
	<-w.done
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last
}

// note keeps who holds the lock, and says whether that is news.
func (w *Watch) note(holders string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	news := w.last != holders
	w.last = holders
	return news
}

const blockersSQL = `
select pid, coalesce(usename, ''), coalesce(application, ''), coalesce(state, ''), since
  from sf_platform.blockers($1) limit 3`

// blockers names the sessions that a session waits for; nothing where it waits for none,
// or where nobody can tell.
func (p *Pool) blockers(ctx context.Context, pid int32) string {
	if stat := p.pool.Stat(); stat.AcquiredConns() >= stat.MaxConns() {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, lookEvery)
	defer cancel()
	found, err := p.Query(ctx, blockersSQL, pid)
	if err != nil {
		return ""
	}
	holders, err := pgx.CollectRows(found, describeHolder)
	if err != nil {
		return ""
	}
	return strings.Join(holders, " and ")
}

// describeHolder says who a session is: session 4242 (user alice, psql, idle in
// transaction since 10:02:11 UTC).
func describeHolder(row pgx.CollectableRow) (string, error) {
	var pid int32
	var user, application, state string
	var since *time.Time
	if err := row.Scan(&pid, &user, &application, &state, &since); err != nil {
		return "", err
	}
	said := []string{"user " + user}
	if application != "" {
		said = append(said, prose.Cut(application, 40))
	}
	if since != nil {
		state = strings.TrimSpace(state + " since " + since.UTC().Format("15:04:05 UTC"))
	}
	if state != "" {
		said = append(said, state)
	}
	return fmt.Sprintf("session %d (%s)", pid, strings.Join(said, ", ")), nil
}

package store

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/bearer"
	"github.com/streamflow/streamflow/platform/problem"
)

const (
	// LinkLasts is how long a link to the page is good: it is followed at once, or lies
	// about in the history of a terminal.
	LinkLasts = 10 * time.Minute
	// SessionLasts is how long a browser stays in: a working day.
	SessionLasts = 12 * time.Hour
	// maxLogins is how many links and sessions a token has; the oldest go first.
	maxLogins = 100
)

// A link or session of a token that is good, and ends with it at the latest.
const insertLogin = `
insert into sf_orchestrator.login (hash, token, session, expires_at)
select $1, id, $3, least(expires_at, now() + make_interval(secs => $4))
  from sf_orchestrator.token where id = $2 and ` + live + `
returning expires_at`

const pruneLogins = `
delete from sf_orchestrator.login l
 where l.expires_at < now()
    or l.token = $1
   and l.hash in (select hash from sf_orchestrator.login where token = $1 order by created_at desc offset $2)`

// CreateLogin makes a link's secret for a token. Errors: UNAUTHENTICATED where the token is
// good no more.
func (s *Store) CreateLogin(ctx context.Context, token string) (secret string, ends time.Time, err error) {
	secret = bearer.New(bearer.Login)
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if ends, err = login(ctx, tx, secret, token, false, LinkLasts); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, pruneLogins, token, maxLogins)
		return err
	})
	return secret, ends, wrap(err, "make a link to the page")
}

// RedeemLogin makes a session of a link's secret, which is good no more then. Errors:
// UNAUTHENTICATED.
func (s *Store) RedeemLogin(ctx context.Context, link string) (secret string, ends time.Time, err error) {
	secret = bearer.New(bearer.Session)
	const take = `delete from sf_orchestrator.login where hash = $1 and not session and expires_at > now() returning token`
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		var token string
		err := tx.QueryRow(ctx, take, bearer.Hash(link)).Scan(&token)
		if errors.Is(err, pgx.ErrNoRows) {
			return problem.New(problem.Unauthenticated, "the link was used before, or has ended: it is good once, for %s", LinkLasts).
				Advise("Make another with `sfctl auth link`.")
		}
		if err != nil {
			return err
		}
		ends, err = login(ctx, tx, secret, token, true, SessionLasts)
		return err
	})
	return secret, ends, wrap(err, "make a session of the page")
}

func login(ctx context.Context, tx pgx.Tx, secret, token string, session bool, lasts time.Duration) (ends time.Time, err error) {
	err = tx.QueryRow(ctx, insertLogin, bearer.Hash(secret), token, session, lasts.Seconds()).Scan(&ends)
	if errors.Is(err, pgx.ErrNoRows) {
		return ends, problem.New(problem.Unauthenticated, "the token %s is good no more", token)
	}
	return ends, err
}

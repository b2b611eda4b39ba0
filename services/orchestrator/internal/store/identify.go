package store

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/identity"
	"github.com/streamflow/streamflow/platform/problem"
)

// A secret's token, whether it has ended by the database's clock, and whether the use of it
// is to be noted: once a minute is enough to tell which tokens nobody needs.
const (
	identifyColumns = `
select t.id, t.name, t.role, t.all_datasets, t.datasets, t.expires_at, t.revoked_at,
       coalesce(t.expires_at <= now(), false),
       t.last_used_at is null or t.last_used_at < now() - interval '1 minute'`
	identifyToken = identifyColumns + `, null::timestamptz, false
  from sf_orchestrator.token t where t.hash = $1`
	identifySession = identifyColumns + `, l.expires_at, l.expires_at <= now()
  from sf_orchestrator.login l join sf_orchestrator.token t on t.id = l.token where l.hash = $1 and l.session`
	noteUse = `update sf_orchestrator.token set last_used_at = now()
 where id = $1 and (last_used_at is null or last_used_at < now() - interval '1 minute')`
)

// Identify returns who a secret belongs to, by its hash, and notes that it was used. session
// says that it is the secret of a session of the page. Errors: UNAUTHENTICATED.
func (s *Store) Identify(ctx context.Context, hash []byte, session bool) (*identity.Identity, error) {
	query, what := identifyToken, "token"
	if session {
		query, what = identifySession, "session"
	}
	var (
		who                 identity.Identity
		revoked, sessionEnd *time.Time
		ended, stale, over  bool
	)
	err := s.pool.QueryRow(ctx, query, hash).Scan(&who.Token, &who.Name, &who.Role, &who.All, &who.Datasets, &who.ExpiresAt,
		&revoked, &ended, &stale, &sessionEnd, &over)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, problem.New(problem.Unauthenticated, "the %s is not known", what)
	case err != nil:
		return nil, wrap(err, "look for a %s", what)
	case revoked != nil:
		return nil, problem.New(problem.Unauthenticated, "the token %s of %s was revoked at %s", who.Token, who.Name, moment(*revoked))
	case ended:
		return nil, problem.New(problem.Unauthenticated, "the token %s of %s ended at %s", who.Token, who.Name, moment(*who.ExpiresAt))
	case over:
		return nil, problem.New(problem.Unauthenticated, "the session of %s ended at %s", who.Name, moment(*sessionEnd))
	}
	if stale {
		if _, err := s.pool.Exec(ctx, noteUse, who.Token); err != nil {
			return nil, wrap(err, "note the use of token %s", who.Token)
		}
	}
	return &who, nil
}

func moment(t time.Time) string { return t.UTC().Format(time.RFC3339) }

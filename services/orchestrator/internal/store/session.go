package store

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/bearer"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/orchestrator/internal/grant"
)

// maxSessions is how many sessions a subject has at once; the oldest go first.
const maxSessions = 20

// Signed is somebody who signed in with an issuer, as it told of them.
type Signed struct {
	grant.Subject
	// Name is what they are called.
	Name string
	// Ends is when what the issuer told of them ends.
	Ends time.Time
}

const insertSession = `
insert into sf_orchestrator.page_session (hash, once, issuer, subject, name, claims, shared, owner_claims, expires_at)
select $1, $2, $3, $4, $5, $6, $7, $8, least($9, now() + make_interval(secs => $10))
 where $9 > now()
on conflict (once) do nothing
returning expires_at`

// A sign-in that was used is known for as long as its session would have lasted.
const pruneSessions = `
delete from sf_orchestrator.page_session p
 where p.expires_at < now()
    or p.issuer = $1 and p.subject = $2
   and p.hash in (select hash from sf_orchestrator.page_session where issuer = $1 and subject = $2 order by created_at desc offset $3)`

// BeginSession makes a session of the page for somebody who has signed in, once for each
// sign-in. It ends when what their issuer said ends, and after SessionLasts at the latest.
// Errors: UNAUTHENTICATED.
func (s *Store) BeginSession(ctx context.Context, who Signed, once []byte) (secret string, ends time.Time, err error) {
	secret = bearer.New(bearer.Session)
	claims := slices.DeleteFunc(slices.Clone(who.Claims), func(c grant.Claim) bool { return strings.Contains(c.Name+c.Value, "\x00") })
	if claims == nil {
		claims = []grant.Claim{}
	}
	owners := who.Owners
	if owners == nil {
		owners = []string{}
	}
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, insertSession, bearer.Hash(secret), once, who.Issuer, who.ID, who.Name, claims, who.Shared, owners, who.Ends, SessionLasts.Seconds()).Scan(&ends)
		if errors.Is(err, pgx.ErrNoRows) {
			return problem.New(problem.Unauthenticated, "the sign-in was used before, or what the issuer %s said has ended at %s", who.Issuer, moment(who.Ends)).
				Advise("Sign in again.")
		}
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, pruneSessions, who.Issuer, who.ID, maxSessions)
		return err
	})
	return secret, ends, wrap(err, "make a session of the page")
}

const selectSession = `
select issuer, subject, name, claims, shared, owner_claims, expires_at, ended_at, expires_at <= now()
  from sf_orchestrator.page_session where hash = $1`

// Session returns who signed in for a session, by the hash of its secret; nil where it is
// none of those who came by an issuer. Errors: UNAUTHENTICATED where it has ended.
func (s *Store) Session(ctx context.Context, hash []byte) (*Signed, error) {
	var (
		who   Signed
		ended *time.Time
		over  bool
	)
	err := s.pool.QueryRow(ctx, selectSession, hash).Scan(&who.Issuer, &who.ID, &who.Name, &who.Claims, &who.Shared, &who.Owners, &who.Ends, &ended, &over)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, wrap(err, "look for a session")
	case ended != nil:
		return nil, problem.New(problem.Unauthenticated, "%s signed out at %s", who.Name, moment(*ended))
	case over:
		return nil, problem.New(problem.Unauthenticated, "the session of %s ended at %s", who.Name, moment(who.Ends))
	}
	return &who, nil
}

// EndSession ends a session of the page, of a link or of who came by an issuer. One that
// there is not has ended.
func (s *Store) EndSession(ctx context.Context, hash []byte) error {
	for _, end := range []string{
		`delete from sf_orchestrator.login where hash = $1 and session`,
		`update sf_orchestrator.page_session set ended_at = now() where hash = $1 and ended_at is null`,
	} {
		if _, err := s.pool.Exec(ctx, end, hash); err != nil {
			return wrap(err, "end a session of the page")
		}
	}
	return nil
}

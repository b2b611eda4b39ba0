package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/bearer"
	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/identity"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
)

// MaxTokens is how many tokens are good at once; a machine needs one, and a person one.
const MaxTokens = 10_000

// Token is what somebody calls with, without its secret.
type Token struct {
	identity.Identity
	CreatedBy string
	CreatedAt time.Time
	RevokedAt *time.Time
	RevokedBy string
	// LastUsedAt is true to the minute; nil where it was never used.
	LastUsedAt *time.Time
}

// NewToken is a token to make.
type NewToken struct {
	Name     string
	Role     identity.Role
	All      bool
	Datasets []string
	// Lasts is how long it is good for; 0 until it is revoked.
	Lasts       time.Duration
	RequestedBy string
}

//nolint:gosec // the names of columns, and no secret
const selectTokens = `
select id, name, role, all_datasets, datasets, expires_at, created_by, created_at, revoked_at, revoked_by, last_used_at
  from sf_orchestrator.token `

func scanToken(row pgx.CollectableRow) (*Token, error) {
	t := &Token{}
	err := row.Scan(&t.Token, &t.Name, &t.Role, &t.All, &t.Datasets, &t.ExpiresAt,
		&t.CreatedBy, &t.CreatedAt, &t.RevokedAt, &t.RevokedBy, &t.LastUsedAt)
	return t, err
}

// live is true of tokens that are good.
const live = `revoked_at is null and (expires_at is null or expires_at > now())`

//nolint:gosec // the names of columns, and no secret
const insertToken = `
insert into sf_orchestrator.token (id, name, role, all_datasets, datasets, hash, created_by, expires_at)
values ($1, $2, $3, $4, $5, $6, $7, case when $8::float8 > 0 then now() + make_interval(secs => $8) end)`

// CreateToken makes a token and returns it with its secret, which is kept nowhere. Errors:
// LIMIT_REACHED.
func (s *Store) CreateToken(ctx context.Context, n NewToken) (t *Token, secret string, err error) {
	secret = bearer.New(bearer.Token)
	id := ident.New(ident.Token)
	if n.Datasets == nil {
		n.Datasets = []string{}
	}
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		var there int
		if err := tx.QueryRow(ctx, `select count(*) from sf_orchestrator.token where `+live).Scan(&there); err != nil {
			return err
		}
		if there >= MaxTokens {
			return problem.New(problem.LimitReached, "token %s was not made: %d are good, and no more may be", n.Name, there).
				Advise("Revoke those that nobody needs with `sfctl token revoke`.")
		}
		_, err := tx.Exec(ctx, insertToken, id, plain(n.Name), string(n.Role), n.All, n.Datasets, bearer.Hash(secret), plain(n.RequestedBy), n.Lasts.Seconds())
		if err != nil {
			return err
		}
		t, err = token(ctx, tx, id)
		return err
	})
	return t, secret, wrap(err, "make token %s", n.Name)
}

func token(ctx context.Context, q postgres.Querier, id string) (*Token, error) {
	rows, err := q.Query(ctx, selectTokens+"where id = $1", id)
	if err != nil {
		return nil, err
	}
	return pgx.CollectExactlyOneRow(rows, scanToken)
}

// ListTokens returns tokens, the newest first, those with an id below one, or all where that
// is empty; ended says whether those are among them that are good no more.
func (s *Store) ListTokens(ctx context.Context, below string, ended bool, limit int) ([]*Token, error) {
	rows, err := s.pool.Query(ctx, selectTokens+`
 where ($1 = '' or id < $1) and ($2 or `+live+`) order by id desc limit $3`, below, ended, limit)
	if err != nil {
		return nil, wrap(err, "list tokens")
	}
	tokens, err := pgx.CollectRows(rows, scanToken)
	return tokens, wrap(err, "list tokens")
}

// RevokeToken ends a token, and returns it. One that was revoked before stays as it is. last
// says that it is revoked even where nobody is left then who makes tokens and grants roles.
// Errors: TOKEN_NOT_FOUND, AMBIGUOUS_ID, LAST_ADMIN.
func (s *Store) RevokeToken(ctx context.Context, part, requestedBy string, last bool) (t *Token, err error) {
	rows, err := s.pool.Query(ctx, `select id from sf_orchestrator.token where id like $1 order by id limit $2`, ident.Pattern(ident.Token, part), ident.Named)
	if err != nil {
		return nil, wrap(err, "look for token %s", part)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, wrap(err, "look for token %s", part)
	}
	id, err := one(part, found, problem.TokenNotFound, "token")
	if err != nil {
		return nil, err
	}
	err = s.revoking(ctx, func(tx pgx.Tx) error {
		if t, err = token(ctx, tx, id); err != nil {
			return err
		}
		if t.RevokedAt == nil && t.Role == identity.Admin && t.All && !last {
			if err := notTheLast(ctx, tx, id, "token "+id+" of "+t.Name); err != nil {
				return err
			}
		}
		const revoke = `update sf_orchestrator.token set revoked_at = now(), revoked_by = $2 where id = $1 and revoked_at is null`
		if _, err := tx.Exec(ctx, revoke, id, plain(requestedBy)); err != nil {
			return err
		}
		t, err = token(ctx, tx, id)
		return err
	})
	return t, wrap(err, "revoke token %s", id)
}

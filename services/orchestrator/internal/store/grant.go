package store

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/identity"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/orchestrator/internal/grant"
)

// MaxGrants is how many grants are good at once.
const MaxGrants = 10_000

// Grant is a grant as it is kept.
type Grant struct {
	grant.Grant
	ID        string
	CreatedBy string
	CreatedAt time.Time
	RevokedAt *time.Time
	RevokedBy string
	// LastUsedAt is when somebody came in by it, true to the minute; nil where nobody did.
	LastUsedAt *time.Time
}

const selectGrants = `
select id, role, all_datasets, datasets, issuer, subject, claims, created_by, created_at, revoked_at, revoked_by, last_used_at
  from sf_orchestrator.role_grant `

func scanGrant(row pgx.CollectableRow) (*Grant, error) {
	g := &Grant{}
	var claims []string
	err := row.Scan(&g.ID, &g.Role, &g.All, &g.Datasets, &g.Issuer, &g.Subject, &claims,
		&g.CreatedBy, &g.CreatedAt, &g.RevokedAt, &g.RevokedBy, &g.LastUsedAt)
	g.Claims = grant.ParseClaims(claims)
	return g, err
}

const insertGrant = `
insert into sf_orchestrator.role_grant (id, role, all_datasets, datasets, issuer, subject, claims, created_by)
values ($1, $2, $3, $4, $5, $6, $7, $8)`

const sameGrant = `where role = $1 and all_datasets = $2 and datasets = $3 and issuer = $4 and subject = $5 and claims = $6 and revoked_at is null`

// GrantRole grants a role, and returns the grant; where the same is granted already, that
// one. Errors: LIMIT_REACHED.
func (s *Store) GrantRole(ctx context.Context, n grant.Grant, requestedBy string) (g *Grant, err error) {
	n = n.InOrder()
	claims := n.ClaimTexts()
	err = s.revoking(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, selectGrants+sameGrant, string(n.Role), n.All, n.Datasets, n.Issuer, n.Subject, claims)
		if err != nil {
			return err
		}
		there, err := pgx.CollectRows(rows, scanGrant)
		if err != nil {
			return err
		}
		if len(there) > 0 {
			g = there[0]
			return nil
		}
		if err := roomForGrant(ctx, tx); err != nil {
			return err
		}
		id := ident.New(ident.Grant)
		if _, err := tx.Exec(ctx, insertGrant, id, string(n.Role), n.All, n.Datasets, n.Issuer, n.Subject, claims, plain(requestedBy)); err != nil {
			return err
		}
		g, err = oneGrant(ctx, tx, id)
		return err
	})
	return g, wrap(err, "grant the role %s", n.Role)
}

func roomForGrant(ctx context.Context, tx pgx.Tx) error {
	var there int
	if err := tx.QueryRow(ctx, `select count(*) from sf_orchestrator.role_grant where revoked_at is null`).Scan(&there); err != nil {
		return err
	}
	if there >= MaxGrants {
		return problem.New(problem.LimitReached, "the role was not granted: %d grants are good, and no more may be", there).
			Advise("Revoke those that nobody needs with `sfctl grant revoke`, or grant to a group.")
	}
	return nil
}

func oneGrant(ctx context.Context, q postgres.Querier, id string) (*Grant, error) {
	rows, err := q.Query(ctx, selectGrants+"where id = $1", id)
	if err != nil {
		return nil, err
	}
	return pgx.CollectExactlyOneRow(rows, scanGrant)
}

// ListGrants returns grants, the newest first, those with an id below one, or all where that
// is empty; ended says whether those are among them that were revoked.
func (s *Store) ListGrants(ctx context.Context, below string, ended bool, limit int) ([]*Grant, error) {
	rows, err := s.pool.Query(ctx, selectGrants+`
 where ($1 = '' or id < $1) and ($2 or revoked_at is null) order by id desc limit $3`, below, ended, limit)
	if err != nil {
		return nil, wrap(err, "list grants")
	}
	grants, err := pgx.CollectRows(rows, scanGrant)
	return grants, wrap(err, "list grants")
}

// RevokeRole ends a grant, and returns it. One that was revoked before stays as it is. last
// says that it is revoked even where nobody is left then who grants roles. Errors:
// GRANT_NOT_FOUND, AMBIGUOUS_ID, LAST_ADMIN.
func (s *Store) RevokeRole(ctx context.Context, part, requestedBy string, last bool) (g *Grant, err error) {
	rows, err := s.pool.Query(ctx, `select id from sf_orchestrator.role_grant where id like $1 order by id limit $2`, ident.Pattern(ident.Grant, part), ident.Named)
	if err != nil {
		return nil, wrap(err, "look for grant %s", part)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, wrap(err, "look for grant %s", part)
	}
	id, err := one(part, found, problem.GrantNotFound, "grant")
	if err != nil {
		return nil, err
	}
	err = s.revoking(ctx, func(tx pgx.Tx) error {
		if g, err = oneGrant(ctx, tx, id); err != nil {
			return err
		}
		if g.RevokedAt == nil && g.Role == identity.Admin && g.All && !last {
			if err := notTheLast(ctx, tx, id, "grant "+id); err != nil {
				return err
			}
		}
		const revoke = `update sf_orchestrator.role_grant set revoked_at = now(), revoked_by = $2 where id = $1 and revoked_at is null`
		if _, err := tx.Exec(ctx, revoke, id, plain(requestedBy)); err != nil {
			return err
		}
		g, err = oneGrant(ctx, tx, id)
		return err
	})
	return g, wrap(err, "revoke grant %s", id)
}

const (
	grantsTo = `
 where issuer = $1 and (subject = '' or subject = $2) and claims <@ $3 and revoked_at is null order by id`
	noteGrants = `update sf_orchestrator.role_grant set last_used_at = now()
 where id = any($1) and (last_used_at is null or last_used_at < now() - interval '1 minute')`
)

// GrantsTo returns what is granted to a subject, and notes that it came in by it.
func (s *Store) GrantsTo(ctx context.Context, to grant.Subject) ([]grant.Grant, error) {
	rows, err := s.pool.Query(ctx, selectGrants+grantsTo, to.Issuer, to.ID, to.ClaimTexts())
	if err != nil {
		return nil, wrap(err, "look for grants")
	}
	kept, err := pgx.CollectRows(rows, scanGrant)
	if err != nil {
		return nil, wrap(err, "look for grants")
	}
	kept = slices.DeleteFunc(kept, func(g *Grant) bool { return !g.Counts(to) })
	var stale []string
	grants := make([]grant.Grant, 0, len(kept))
	for _, g := range kept {
		grants = append(grants, g.Grant)
		if g.LastUsedAt == nil || time.Since(*g.LastUsedAt) > time.Minute {
			stale = append(stale, g.ID)
		}
	}
	if len(stale) > 0 {
		if _, err := s.pool.Exec(ctx, noteGrants, stale); err != nil {
			return nil, wrap(err, "note the use of grants")
		}
	}
	return grants, nil
}

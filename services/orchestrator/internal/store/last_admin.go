package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/problem"
)

// Grants are made, and tokens and grants revoked, one after the other: two admins who revoke
// each other at once would otherwise both go, and the same grant come twice.
const lockAdmins = `select pg_advisory_xact_lock(hashtextextended('sf_orchestrator.admins', 0))`

// A grant counts where somebody came in by it: one with a slip in it lets nobody in, and nor
// does one of an issuer that no gateway knows.
const otherAdmins = `
select exists (select from sf_orchestrator.token where role = 'admin' and all_datasets and id <> $1 and ` + live + `)
    or exists (select from sf_orchestrator.role_grant where role = 'admin' and all_datasets and id <> $1
                and revoked_at is null and last_used_at is not null)`

// revoking does something to who may be admin, while nobody else does.
func (s *Store) revoking(ctx context.Context, do func(pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, lockAdmins); err != nil {
			return err
		}
		return do(tx)
	})
}

// notTheLast says whether somebody is admin of all datasets by anything else than a token or
// grant. Errors: LAST_ADMIN.
func notTheLast(ctx context.Context, tx pgx.Tx, id, what string) error {
	var others bool
	if err := tx.QueryRow(ctx, otherAdmins, id).Scan(&others); err != nil {
		return err
	}
	if others {
		return nil
	}
	return problem.New(problem.LastAdmin, "%s is the last by which anybody is admin of all datasets: without it nobody makes or revokes tokens, or grants roles, through the gateway", what)
}

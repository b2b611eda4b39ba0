package store

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
)

// ListVersions returns the versions of a dataset, the one applied last first, without
// what is long in their content: those whose application is below a number, all where
// it is 0.
func (s *Store) ListVersions(ctx context.Context, name string, below int64, limit int) ([]*Version, error) {
	rows, err := s.pool.Query(ctx, listVersions+"where dataset = $1 and ($2 = 0 or application < $2) order by application desc limit $3",
		plain(name), below, limit)
	if err != nil {
		return nil, wrap(err, "list the versions of dataset %s", name)
	}
	versions, err := pgx.CollectRows(rows, scanVersion)
	return versions, wrap(err, "list the versions of dataset %s", name)
}

// Before returns the version of a dataset that was applied last before another; nil
// where that is the first.
func (s *Store) Before(ctx context.Context, name string, v *Version) (*Version, error) {
	rows, err := s.pool.Query(ctx, selectVersions+"where dataset = $1 and application < $2 order by application desc limit 1",
		plain(name), v.Application)
	if err != nil {
		return nil, wrap(err, "read the version of dataset %s before %s", name, v.Version)
	}
	before, err := pgx.CollectExactlyOneRow(rows, scanVersion)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	return before, wrap(err, "read the version of dataset %s before %s", name, v.Version)
}

// Versions returns all versions of a dataset in full; none where there never was one.
func (s *Store) Versions(ctx context.Context, name string) ([]*Version, error) {
	rows, err := s.pool.Query(ctx, selectVersions+"where dataset = $1 order by application", plain(name))
	if err != nil {
		return nil, wrap(err, "read the versions of dataset %s", name)
	}
	versions, err := pgx.CollectRows(rows, scanVersion)
	return versions, wrap(err, "read the versions of dataset %s", name)
}

// MayHaveRows says whether any run of a dataset has come to publishing or stamping.
func (s *Store) MayHaveRows(ctx context.Context, name string) (bool, error) {
	const q = `
select exists (select from sf_orchestrator.run r join sf_orchestrator.run_step s on s.run = r.id
                where r.dataset = $1 and s.kind in ('PUBLISH', 'STAMP') and s.attempts > 0)`
	var may bool
	err := s.pool.QueryRow(ctx, q, plain(name)).Scan(&may)
	return may, wrap(err, "look for runs of dataset %s", name)
}

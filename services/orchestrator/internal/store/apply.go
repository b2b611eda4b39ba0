package store

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// Application is a version of a dataset to register.
type Application struct {
	Content     *datasetv1.Dataset
	Version     string
	RequestedBy string
	// Tables are the live and snapshot tables that it declares.
	Tables []relation.Relation
	// Before is the version that was current when the application was judged; empty
	// where there was none.
	Before string
	// DryRun judges it as any other, and registers nothing.
	DryRun bool
}

// errDry ends the transaction of a dry run, so that nothing of it stays.
var errDry = errors.New("it was a dry run")

// ErrMoved says that another version became the current one since an application was
// judged.
var ErrMoved = errors.New("another version became current in between")

// lockDatasetSQL lets one version of a dataset be applied at a time.
const lockDatasetSQL = `select pg_advisory_xact_lock(hashtextextended('sf_orchestrator.dataset ' || $1, 0))`

const makeCurrentSQL = `
insert into sf_orchestrator.dataset_version as v (dataset, version, content, requested_by, current, application)
select $1, $2, $3::jsonb, $4, true, coalesce(max(application), 0) + 1 from sf_orchestrator.dataset_version where dataset = $1
on conflict (dataset, version) do update set current = true, application = excluded.application, applied_at = now()
 where not v.current`

// Apply registers a version and makes it the current one; unchanged is true where it
// was that already. Errors: *TakenError, ErrMoved.
func (s *Store) Apply(ctx context.Context, a Application) (v *Version, unchanged bool, err error) {
	content, err := protojson.Marshal(a.Content)
	if err != nil {
		return nil, false, wrap(err, "encode dataset %s", a.Content.GetName())
	}
	name := a.Content.GetName()
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, lockDatasetSQL, name); err != nil {
			return err
		}
		current, err := currentVersion(ctx, tx, name)
		if err != nil {
			return err
		}
		if unchanged = current == a.Version; !unchanged && current != a.Before {
			return ErrMoved
		}
		if current == "" {
			if err := s.Limits.register(ctx, tx, name); err != nil {
				return err
			}
		}
		if err := claimTables(ctx, tx, a); err != nil {
			return err
		}
		const retire = "update sf_orchestrator.dataset_version set current = false where dataset = $1 and current and version <> $2"
		if _, err := tx.Exec(ctx, retire, name, a.Version); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, makeCurrentSQL, name, a.Version, string(content), plain(a.RequestedBy)); err != nil {
			return err
		}
		if v, err = version(ctx, tx, name, a.Version); err == nil && a.DryRun {
			err = errDry
		}
		return err
	})
	if errors.Is(err, errDry) {
		err = nil
	}
	return v, unchanged, wrap(err, "register dataset %s", name)
}

// currentVersion is the version that new runs use; empty where there is none.
func currentVersion(ctx context.Context, q postgres.Querier, name string) (version string, err error) {
	err = q.QueryRow(ctx, "select version from sf_orchestrator.dataset_version where dataset = $1 and current", plain(name)).Scan(&version)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	return version, err
}

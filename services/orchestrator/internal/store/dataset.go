package store

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// Version is a registered version of a dataset.
type Version struct {
	Version string
	// Content is what it declares; in a list without its tables, snapshots and training sets.
	Content     *datasetv1.Dataset
	CreatedAt   time.Time
	RequestedBy string
	Current     bool
	// Application counts the applications of the dataset: that of the version which was
	// made current last is the greatest.
	Application int64
	AppliedAt   time.Time
	// Tables and Snapshots are how many it declares.
	Tables, Snapshots int
}

// What a version is besides its content, which stands before it.
const versionColumns = `, version, created_at, requested_by, current, application, applied_at,
    jsonb_array_length(coalesce(content -> 'tables', '[]')), jsonb_array_length(coalesce(content -> 'snapshots', '[]'))
  from sf_orchestrator.dataset_version `

const (
	selectVersions = `select content` + versionColumns
	// listVersions leaves out what is long in the content.
	listVersions = `select content - 'tables' - 'snapshots' - 'trainingSets'` + versionColumns
)

func scanVersion(row pgx.CollectableRow) (*Version, error) {
	v := &Version{Content: &datasetv1.Dataset{}}
	var content []byte
	err := row.Scan(&content, &v.Version, &v.CreatedAt, &v.RequestedBy, &v.Current, &v.Application, &v.AppliedAt, &v.Tables, &v.Snapshots)
	if err != nil {
		return nil, err
	}
	return v, decode(content, v.Content)
}

func version(ctx context.Context, q postgres.Querier, name, version string) (*Version, error) {
	rows, err := q.Query(ctx, selectVersions+"where dataset = $1 and version = $2", name, version)
	if err != nil {
		return nil, wrap(err, "read version %s of dataset %s", version, name)
	}
	v, err := pgx.CollectExactlyOneRow(rows, scanVersion)
	return v, wrap(err, "read version %s of dataset %s", version, name)
}

// Dataset returns the current version of a dataset. Errors: DATASET_NOT_FOUND.
func (s *Store) Dataset(ctx context.Context, name string) (*Version, error) {
	rows, err := s.pool.Query(ctx, selectVersions+"where dataset = $1 and current", plain(name))
	if err != nil {
		return nil, wrap(err, "read dataset %s", name)
	}
	v, err := pgx.CollectExactlyOneRow(rows, scanVersion)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, notRegistered(name)
	}
	return v, wrap(err, "read dataset %s", name)
}

// DatasetVersion returns the version of a dataset that begins with prefix. Errors:
// DATASET_NOT_FOUND, of the dataset or of the version; AMBIGUOUS_ID.
func (s *Store) DatasetVersion(ctx context.Context, name, prefix string) (*Version, error) {
	const q = `
select version from sf_orchestrator.dataset_version
 where dataset = $1 and version like $2 order by version limit $3`
	rows, err := s.pool.Query(ctx, q, plain(name), ident.Beginning(prefix), ident.Named)
	if err != nil {
		return nil, wrap(err, "look for version %s of dataset %s", prefix, name)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, wrap(err, "look for version %s of dataset %s", prefix, name)
	}
	if len(found) == 0 {
		return nil, s.noVersion(ctx, name, prefix)
	}
	full, err := one(prefix, found, problem.DatasetNotFound, "version of dataset "+name)
	if err != nil {
		return nil, err
	}
	return version(ctx, s.pool, name, full)
}

// noVersion is the error of a version that a dataset does not have, or of a dataset that
// is not there at all: then there is no version to list.
func (s *Store) noVersion(ctx context.Context, name, prefix string) error {
	if _, err := s.Dataset(ctx, name); err != nil {
		return err
	}
	return problem.New(problem.DatasetNotFound,
		"expected a version of dataset %s, or a unique beginning of one, found %q, which none has", name, prefix).
		With("dataset", name).With("given", prefix).
		Advise("List its versions with `sfctl dataset versions %s`.", name)
}

// ListDatasets returns the current versions of the datasets after a name, by name,
// without what is long in their content: those of only, or all where that is nil.
func (s *Store) ListDatasets(ctx context.Context, after string, only []string, limit int) ([]*Version, error) {
	rows, err := s.pool.Query(ctx, listVersions+"where current and dataset > $1 and ($3::text[] is null or dataset = any($3)) order by dataset limit $2",
		plain(after), limit, only)
	if err != nil {
		return nil, wrap(err, "list datasets")
	}
	versions, err := pgx.CollectRows(rows, scanVersion)
	return versions, wrap(err, "list datasets")
}

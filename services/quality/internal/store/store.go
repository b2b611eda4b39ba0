// Package store keeps validations. A validation is written once, when it has ended,
// and never changed.
package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/postgres"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
)

// ErrNotFound says that no validation has the identifier.
var ErrNotFound = errors.New("no such validation")

// Store reads and writes validations.
type Store struct {
	pool *postgres.Pool
}

// New returns the store of a database.
func New(pool *postgres.Pool) *Store { return &Store{pool: pool} }

// Insert writes a validation within the caller's transaction. It does nothing where
// the identifier is taken: whoever wrote it first stands.
func (s *Store) Insert(ctx context.Context, q postgres.Querier, v *qualityv1.Validation) error {
	report, err := marshalReport(v)
	if err != nil {
		return err
	}
	asOf, err := time.Parse(time.DateOnly, v.GetAsOf())
	if err != nil {
		return fmt.Errorf("as_of of validation %s: %w", v.GetId(), err)
	}
	st := v.GetStatistics()
	if _, err := q.Exec(ctx, insertSQL,
		v.GetId(), v.GetBatch(), v.GetDataset(), v.GetDatasetVersion(), asOf, v.GetRun(), v.GetSuccess(),
		st.GetEvaluatedExpectations(), st.GetSuccessfulExpectations(), st.GetUnsuccessfulExpectations(), st.GetSkippedExpectations(), st.GetSuccessPercent(),
		v.GetRejectedRows(),
		v.GetStartedAt().AsTime(), v.GetEndedAt().AsTime(), report,
	); err != nil {
		return fmt.Errorf("store validation %s: %w", v.GetId(), err)
	}
	return nil
}

// Get returns the validation with exactly this identifier, or ErrNotFound.
func (s *Store) Get(ctx context.Context, id string) (*qualityv1.Validation, error) {
	found, err := s.query(ctx, getSQL, id)
	if err != nil {
		return nil, fmt.Errorf("get validation %s: %w", id, err)
	}
	if len(found) == 0 {
		return nil, ErrNotFound
	}
	return found[0], nil
}

// Find returns the one validation that part stands for (ident.Pattern). It returns
// ErrNotFound or AMBIGUOUS_ID.
func (s *Store) Find(ctx context.Context, part string) (*qualityv1.Validation, error) {
	found, err := s.query(ctx, findSQL, ident.Pattern(ident.Validation, part), ident.Named)
	if err != nil {
		return nil, fmt.Errorf("find validation %s: %w", part, err)
	}
	return ident.Only("validation", part, found, (*qualityv1.Validation).GetId, ErrNotFound)
}

// Filter says which validations a list holds.
type Filter struct {
	Dataset string
	// Batch is empty for all, and so is AsOf, YYYY-MM-DD.
	Batch, AsOf string
	// Before is the identifier that the page before ended with; empty for the first page.
	Before string
	// Limit is how many are returned at most.
	Limit int
}

// List returns validations without results and findings, newest first.
func (s *Store) List(ctx context.Context, f Filter) ([]*qualityv1.Validation, error) {
	found, err := s.query(ctx, listSQL, f.Dataset, f.Batch, f.Before, f.Limit, f.AsOf)
	if err != nil {
		return nil, fmt.Errorf("list the validations of %s: %w", f.Dataset, err)
	}
	return found, nil
}

func (s *Store) query(ctx context.Context, sql string, args ...any) ([]*qualityv1.Validation, error) {
	rows, err := s.pool.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scan)
}

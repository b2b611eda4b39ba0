package store

import (
	"cmp"
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
)

// selectRuns begins every query of runs; scanRun reads its columns.
const selectRuns = `
select id, dataset, dataset_version, to_char(as_of, 'YYYY-MM-DD'), source, mode, state, reason, message,
       batch, validation, unchanged, backfill, cancel_requested, requested_by, request_id,
       created_at, started_at, ended_at, last_event, restage, accepted, supersede, supersede_reason, to_revision, revision_of, extract, restamp,
       erase_table, erase_keys
  from sf_orchestrator.run `

func scanRun(row pgx.CollectableRow) (*run.Run, error) {
	r := &run.Run{}
	var accepted []byte
	var extract string
	err := row.Scan(&r.ID, &r.Dataset, &r.Version, &r.AsOf, &r.Source, &r.Mode, &r.State, &r.Reason, &r.Message,
		&r.Batch, &r.Validation, &r.Unchanged, &r.Backfill, &r.CancelRequested, &r.RequestedBy, &r.RequestID,
		&r.CreatedAt, &r.StartedAt, &r.EndedAt, &r.LastEvent, &r.Restage, &accepted, &r.Supersede, &r.SupersedeReason,
		&r.ToRevision, &r.RevisionOf, &extract, &r.Restamp, &r.EraseTable, &r.EraseKeys)
	if r.Mode.Erases() {
		r.AsOf = ""
	}
	r.FullExtract = extract == extractFull
	if err == nil {
		r.Accepted, err = decodeList[stepv1.Acceptance](accepted)
	}
	return r, err
}

// ResolveRun returns the id of the run that part stands for (ident.Pattern). Errors:
// RUN_NOT_FOUND, AMBIGUOUS_ID.
func (s *Store) ResolveRun(ctx context.Context, part string) (string, error) {
	const q = `select id from sf_orchestrator.run where id like $1 order by id limit $2`
	rows, err := s.pool.Query(ctx, q, ident.Pattern(ident.Run, part), ident.Named)
	if err != nil {
		return "", wrap(err, "look for run %s", part)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return "", wrap(err, "look for run %s", part)
	}
	return one(part, found, problem.RunNotFound, "run")
}

// Run returns a run with its steps and findings, and what it waits for.
func (s *Store) Run(ctx context.Context, id string) (*run.Run, error) {
	r, err := loadRun(ctx, s.pool, id)
	switch {
	case err != nil:
		return r, err
	case r.State == run.Queued:
		r.WaitsFor, err = s.ahead(ctx, r)
	case r.Restamp && r.State == run.Succeeded:
		r.GoesOn, err = s.next(ctx, r)
	}
	return r, err
}

// next returns the run that goes on with the next date of a restamp; empty where none does.
func (s *Store) next(ctx context.Context, r *run.Run) (string, error) {
	var id string
	err := s.pool.QueryRow(ctx, "select run from sf_orchestrator.run_request where request_id = $1", run.NextKey(r.ID)).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	return id, wrap(err, "look for what goes on after run %s", r.ID)
}

// aheadSQL follows claim.sql: the run at work goes first, then the oldest as_of. The run
// itself may have begun since it was read.
const aheadSQL = `
select id from sf_orchestrator.run
 where dataset = $1
   and id <> $3
   and (state = 'RUNNING' or state = 'QUEUED' and (as_of, id) < ($2::date, $3))
 order by state = 'RUNNING' desc, as_of, id
 limit 1`

// ahead returns the run that a queued one waits for; empty where it is next.
func (s *Store) ahead(ctx context.Context, r *run.Run) (string, error) {
	var id string
	err := s.pool.QueryRow(ctx, aheadSQL, r.Dataset, cmp.Or(r.AsOf, NoDate), r.ID).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	return id, wrap(err, "look for what goes before run %s", r.ID)
}

func loadRun(ctx context.Context, q postgres.Querier, id string) (*run.Run, error) {
	rows, err := q.Query(ctx, selectRuns+"where id = $1", id)
	if err != nil {
		return nil, wrap(err, "read run %s", id)
	}
	r, err := pgx.CollectExactlyOneRow(rows, scanRun)
	if err != nil {
		return nil, wrap(err, "read run %s", id)
	}
	if err := loadSteps(ctx, q, selectSteps, []*run.Run{r}); err != nil {
		return nil, err
	}
	var findings, restated []byte
	if err := q.QueryRow(ctx, "select findings, restated from sf_orchestrator.run where id = $1", id).Scan(&findings, &restated); err != nil {
		return nil, wrap(err, "read the findings of run %s", id)
	}
	if r.Findings, err = decodeList[stepv1.Finding](findings); err != nil {
		return nil, err
	}
	if r.Restated, err = decodeList[stepv1.RestatedSnapshot](restated); err != nil {
		return nil, err
	}
	return r, erasedOf(ctx, q, r)
}

const validationOfSQL = `
select validation from sf_orchestrator.run where dataset = $1 and batch = $2 order by id desc limit 1`

// ValidationOf returns the validation by which the run of a batch of a dataset went;
// empty where it went by none, or no run made the batch.
func (s *Store) ValidationOf(ctx context.Context, dataset, batch string) (string, error) {
	var id string
	err := s.pool.QueryRow(ctx, validationOfSQL, dataset, batch).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	return id, wrap(err, "look for the validation of batch %s", batch)
}

const (
	selectSteps = `
select run, kind, state, attempts, started_at, ended_at, counts, summary
  from sf_orchestrator.run_step where run = any($1) order by run, position`

	// selectTotals reads steps with one count of all their tables, which has no name: a
	// thousand runs of two hundred tables are far more than a list is asked for.
	selectTotals = `
select run, kind, state, attempts, started_at, ended_at, coalesce(total, '[]'), summary
  from sf_orchestrator.run_step
 left join lateral (
       select jsonb_build_array(jsonb_strip_nulls(jsonb_build_object(
              'rows', sum((c ->> 'rows')::bigint), 'inserted', sum((c ->> 'inserted')::bigint),
              'updated', sum((c ->> 'updated')::bigint), 'unchanged', sum((c ->> 'unchanged')::bigint),
              'departed', sum((c ->> 'departed')::bigint), 'deleted', sum((c ->> 'deleted')::bigint),
              'returned', sum((c ->> 'returned')::bigint), 'withdrawn', sum((c ->> 'withdrawn')::bigint),
              'rejected', sum((c ->> 'rejected')::bigint), 'bytes', sum((c ->> 'bytes')::bigint)))) as total
         from jsonb_array_elements(counts) as c
       having count(*) > 0) as t on true
 where run = any($1) order by run, position`
)

// loadSteps gives runs their steps, all in one query.
func loadSteps(ctx context.Context, q postgres.Querier, query string, runs []*run.Run) error {
	byID := make(map[string]*run.Run, len(runs))
	ids := make([]string, 0, len(runs))
	for _, r := range runs {
		byID[r.ID] = r
		ids = append(ids, r.ID)
	}
	rows, err := q.Query(ctx, query, ids)
	if err != nil {
		return wrap(err, "read steps")
	}
	var (
		id     string
		st     run.Step
		counts []byte
	)
	scans := []any{&id, &st.Kind, &st.State, &st.Attempts, &st.StartedAt, &st.EndedAt, &counts, &st.Summary}
	_, err = pgx.ForEachRow(rows, scans, func() error {
		var err error
		if st.Counts, err = decodeList[stepv1.TableCounts](counts); err != nil {
			return err
		}
		byID[id].Steps = append(byID[id].Steps, st)
		return nil
	})
	return wrap(err, "read steps")
}

// RunFilter says which runs to list, and where the page begins.
type RunFilter struct {
	// Dataset and AsOf are empty for all.
	Dataset, AsOf string
	// States is empty for all.
	States []run.State
	// Only are the datasets whose runs the caller may see; nil for all.
	Only []string
	// Before is the id that the page before ended with; empty for the first page.
	Before string
	// Limit is the most runs to return.
	Limit int
}

const listRuns = selectRuns + `
 where ($1 = '' or dataset = $1)
   and ($2 = '' or as_of = nullif($2, '')::date)
   and (cardinality($3::text[]) = 0 or state = any($3))
   and ($4 = '' or id < $4)
   and ($6::text[] is null or dataset = any($6))
 order by id desc limit $5`

// ListRuns returns runs, newest first, without what is long in them: the findings, and
// the counts of their steps per table, of which the sum is left.
func (s *Store) ListRuns(ctx context.Context, f RunFilter) ([]*run.Run, error) {
	states := make([]string, 0, len(f.States))
	for _, st := range f.States {
		states = append(states, string(st))
	}
	rows, err := s.pool.Query(ctx, listRuns, plain(f.Dataset), f.AsOf, states, plain(f.Before), f.Limit, f.Only)
	if err != nil {
		return nil, wrap(err, "list runs")
	}
	runs, err := pgx.CollectRows(rows, scanRun)
	if err != nil {
		return nil, wrap(err, "list runs")
	}
	return runs, loadSteps(ctx, s.pool, selectTotals, runs)
}

package store

import (
	"context"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
)

// Limits are how much an installation holds at once; 0 is no limit. Requests at the same
// moment may go over one by as many as they are.
type Limits struct {
	// Datasets are those that are registered.
	Datasets int
	// Queued are the runs that wait for one dataset, QueuedByCaller those that one caller
	// asked for.
	Queued, QueuedByCaller int
}

// register says whether there is room for one more dataset. Errors: LIMIT_REACHED.
func (l Limits) register(ctx context.Context, q postgres.Querier, name string) error {
	var there int
	err := q.QueryRow(ctx, "select count(*) from sf_orchestrator.dataset_version where current").Scan(&there)
	if err != nil || l.Datasets == 0 || there < l.Datasets {
		return err
	}
	return problem.New(problem.LimitReached, "dataset %s was not registered: there are %d datasets, and there may be %d (SF_MAX_DATASETS of the orchestrator)",
		name, there, l.Datasets).With("dataset", name).
		Advise("Delete a dataset that nobody needs with `sfctl dataset delete`, or raise the limit.")
}

const queuedSQL = `
select count(*) filter (where dataset = $1), count(*) filter (where requested_by = $2)
  from sf_orchestrator.run where state = 'QUEUED' and (dataset = $1 or requested_by = $2)`

// queue says whether a run that was just queued is one too many. Errors: LIMIT_REACHED.
func (l Limits) queue(ctx context.Context, q postgres.Querier, req Request) error {
	var ofDataset, ofCaller int
	if err := q.QueryRow(ctx, queuedSQL, req.Dataset, req.RequestedBy).Scan(&ofDataset, &ofCaller); err != nil {
		return err
	}
	switch {
	case l.Queued > 0 && ofDataset > l.Queued:
		return problem.New(problem.LimitReached, "the run was not queued: %d runs wait for dataset %s, and there may be %d (SF_MAX_QUEUED of the orchestrator)",
			ofDataset-1, req.Dataset, l.Queued).With("dataset", req.Dataset)
	case l.QueuedByCaller > 0 && ofCaller > l.QueuedByCaller:
		return problem.New(problem.LimitReached, "the run was not queued: %d runs wait that %s asked for, and there may be %d (SF_MAX_QUEUED_BY_CALLER of the orchestrator)",
			ofCaller-1, req.RequestedBy, l.QueuedByCaller).With("requested_by", req.RequestedBy)
	}
	return nil
}

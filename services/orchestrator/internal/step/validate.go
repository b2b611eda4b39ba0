package step

import (
	"context"
	"fmt"
	"sync"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/fault"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
)

// validate judges the candidates and, beside it, fills the snapshots, which are
// dropped again should the judgement be a bad one. A plan fills them as well, and drops
// them in the end: it refuses what a run would refuse.
func (s *Services) validate(ctx context.Context, t Task) (run.Outcome, error) {
	batch, err := s.batch(ctx, t.Run.Batch)
	if err != nil {
		return run.Outcome{}, err
	}
	validation, prepared, err := s.judgeAndPrepare(ctx, t, batch)
	if validation == nil || err != nil && fault.Of(err) != fault.Verdict {
		return run.Outcome{}, err
	}
	o := run.Outcome{
		Counts:   candidateCounts(batch),
		Summary:  validateLine(t.Run.Mode, validation, prepared) + refilledLine(t.Run.Mode, prepared) + supersededLine(t, prepared.GetSnapshots()),
		Restated: restatedOf(prepared.GetSnapshots()),
		Findings: findings(t.Dataset, batch.GetFindings(), validation.GetFindings(), staleThen(t, prepared.GetStale())),
	}
	switch {
	case !validation.GetSuccess():
		reason, why := unseen(validation)
		o.Failure = verdict(validation.GetFindings(), reason, why)
	case err != nil:
		// Preparing was refused: the report holds what quality found, too.
		refuse(&o, knowingErased(problem.FromError(err), batch.GetFindings()))
	}
	return o, nil
}

// refuse makes the outcome one of a step that was refused.
func refuse(o *run.Outcome, p *problem.Error) {
	o.Summary = refusedLine(p)
	o.Findings = append(o.Findings, run.Violations(p)...)
	o.Failure = &run.Failure{Reason: p.Reason, Message: p.Message}
}

// unseen says why a validation is no success although no critical expectation failed:
// it is of less than what was delivered.
func unseen(v *qualityv1.Validation) (problem.Reason, string) {
	if n := v.GetRejectedRows(); n > 0 {
		return problem.RowsRejected, fmt.Sprintf("the expectations did not see %s that could not be staged", prose.Count(n, "row"))
	}
	return problem.ExpectationsFailed, "a critical expectation could not be evaluated"
}

// judgeAndPrepare runs both at once and waits for both. Once the candidates are found
// bad, or the judgement cannot be had, preparing them is given up. The judgement is
// returned also where preparing failed; its own error goes first.
func (s *Services) judgeAndPrepare(ctx context.Context, t Task, batch *ingestv1.Batch) (*qualityv1.Validation, *snapshotv1.PrepareResult, error) {
	prepareCtx, giveUp := context.WithCancel(ctx)
	defer giveUp()
	var (
		prepared   *snapshotv1.PrepareResult
		prepareErr error
		wait       sync.WaitGroup
	)
	if t.snapshots() && batch.GetState() != ingestv1.BatchState_BATCH_STATE_REJECTED {
		wait.Go(func() { prepared, prepareErr = s.prepare(prepareCtx, t, batch) })
	}
	validation, err := s.judge(ctx, t, batch)
	bad := err != nil || !validation.GetSuccess()
	if bad {
		giveUp()
	}
	wait.Wait()
	switch {
	case err != nil:
		return nil, nil, err
	case bad:
		return validation, nil, nil
	}
	return validation, prepared, prepareErr
}

func (s *Services) judge(ctx context.Context, t Task, batch *ingestv1.Batch) (*qualityv1.Validation, error) {
	if t.Run.Restamp {
		t = t.judging(batch)
	}
	stream, err := s.quality.Validate(ctx, &qualityv1.ValidateRequest{
		Context: t.context(), Validation: t.Run.Validation, Batch: t.Run.Batch, AsOf: t.Run.AsOf,
		Dataset: t.Dataset, DatasetVersion: t.Run.Version, Tables: batch.GetTables(),
	})
	r, err := last(stream, err, t.Progress, (*qualityv1.ValidateResponse).GetResult)
	return r.GetValidation(), err
}

func (s *Services) prepare(ctx context.Context, t Task, batch *ingestv1.Batch) (*snapshotv1.PrepareResult, error) {
	var candidates []*stepv1.Candidate
	for _, table := range batch.GetTables() {
		if c := table.GetCandidate(); c != nil {
			candidates = append(candidates, c)
		}
	}
	stream, err := s.snapshot.Prepare(ctx, &snapshotv1.PrepareRequest{
		Context: t.context(), Batch: t.Run.Batch, AsOf: t.Run.AsOf,
		Dataset: t.Dataset, DatasetVersion: t.Run.Version, Candidates: candidates, Verify: t.Run.Restage,
		Rollback: batch.GetRollback(), Bases: basesOf(batch), Tables: remade(batch),
	})
	return last(stream, err, t.Progress, (*snapshotv1.PrepareResponse).GetResult)
}

func (s *Services) batch(ctx context.Context, id string) (*ingestv1.Batch, error) {
	got, err := s.ingest.GetBatch(ctx, &ingestv1.GetBatchRequest{Batch: id})
	return got.GetBatch(), err
}

// candidateCounts are the rows that were judged, per table.
func candidateCounts(batch *ingestv1.Batch) []*stepv1.TableCounts {
	var counts []*stepv1.TableCounts
	for _, table := range batch.GetTables() {
		if c := table.GetCandidate(); c != nil {
			counts = append(counts, &stepv1.TableCounts{Table: table.GetTable(), Rows: c.GetRows()})
		}
	}
	return counts
}

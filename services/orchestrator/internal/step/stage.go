package step

import (
	"context"
	"fmt"
	"slices"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/fold"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
)

// stage stages the batch. Files that are those last published for this as_of need no
// staging, unless the snapshots of the as_of do not all stand: then they are staged
// all the same, so that the rest of the run can make them.
func (s *Services) stage(ctx context.Context, t Task) (run.Outcome, error) {
	if t.Run.Restamp {
		return s.restamp(ctx, t)
	}
	if err := s.begins(ctx, t); err != nil {
		return run.Outcome{}, err
	}
	due, err := s.retention(ctx, t)
	if err != nil {
		return run.Outcome{}, err
	}
	batch, err := s.callStage(ctx, t, t.Run.Restage)
	if err != nil {
		return run.Outcome{}, err
	}
	if batch.GetSameAs() == "" {
		return staged(t, batch), nil
	}
	stands, found, err := s.stamped(ctx, t, batch)
	if err != nil {
		return run.Outcome{}, err
	}
	if stands {
		o, err := s.unchanged(ctx, t, batch, found)
		o.Findings = append(o.Findings, dueNotice(t, due)...)
		return o, err
	}
	if batch, err = s.callStage(ctx, t, true); err != nil {
		return run.Outcome{}, err
	}
	o := staged(t, batch)
	o.Summary += "; staged again although the files are known, since history lacks them: " + found
	return o, nil
}

func (s *Services) callStage(ctx context.Context, t Task, force bool) (*ingestv1.Batch, error) {
	earlier, err := s.earlier(ctx, t)
	if err != nil {
		return nil, err
	}
	bases, err := s.provenBases(ctx, t)
	if err != nil {
		return nil, err
	}
	stream, err := s.ingest.Stage(ctx, &ingestv1.StageRequest{
		Context: t.context(), Batch: t.Run.Batch, Dataset: t.Dataset, DatasetVersion: t.Run.Version,
		AsOf: t.Run.AsOf, Source: t.Run.Source, Force: force, Earlier: earlier, Bases: bases, DeletionMarks: t.Marks,
	})
	r, err := last(stream, err, t.Progress, (*ingestv1.StageResponse).GetResult)
	return r.GetBatch(), err
}

// staged is the outcome of a batch with candidates, or of a rejected one. A rejected
// batch is validated all the same wherever there is something to judge.
func staged(t Task, batch *ingestv1.Batch) run.Outcome {
	o := run.Outcome{
		Counts:   batch.GetCounts(),
		Summary:  stageLine(batch.GetCounts()) + overlayLine(batch.GetOverlays()) + acceptedLine(batch.GetFindings()),
		Findings: findings(t.Dataset, batch.GetFindings()),
	}
	if !t.snapshots() && t.Run.Mode == run.Full {
		o.Skip = map[run.Kind]string{run.Stamp: "not needed: the dataset declares no snapshots"}
	}
	if batch.GetState() != ingestv1.BatchState_BATCH_STATE_REJECTED {
		return o
	}
	o.Failure = verdict(batch.GetFindings(), problem.BatchRejected, "ingest rejected the batch "+batch.GetId())
	for _, table := range batch.GetTables() {
		if table.GetHasHeader() || table.GetCandidate() != nil {
			o.Continue = run.Validate
		}
	}
	return o
}

// verdict is the first critical finding, and how many more there are.
func verdict(all []*stepv1.Finding, otherwise problem.Reason, message string) *run.Failure {
	f := &run.Failure{Reason: otherwise, Message: message}
	critical := 0
	for _, finding := range all {
		if sev := finding.GetSeverity(); sev == datasetv1.Severity_SEVERITY_WARNING || sev == datasetv1.Severity_SEVERITY_INFO {
			continue
		}
		if critical++; critical == 1 {
			f.Reason, f.Message = problem.Reason(finding.GetReason()), finding.GetMessage()
		}
	}
	if critical > 1 {
		f.Message += fmt.Sprintf(" (and %s more)", prose.Count(int64(critical-1), "finding"))
	}
	return f
}

// findings are those of a run, each below what it follows from, and first that erased keys
// have come back. They are never nil, which would leave the run's findings as they were.
func findings(d *datasetv1.Dataset, lists ...[]*stepv1.Finding) []*stepv1.Finding {
	all := []*stepv1.Finding{}
	return returnedFirst(append(all, fold.Findings(d, slices.Concat(lists...))...))
}

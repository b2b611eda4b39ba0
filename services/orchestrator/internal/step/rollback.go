package step

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/fault"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
)

// restore asks snapshot what is made current again, and has ingest make candidates of it.
// Where the batch is made already, as for a run that was taken over, what it holds is what
// the run goes on with: it was resolved once.
func (s *Services) restore(ctx context.Context, t Task) (run.Outcome, error) {
	found, err := s.snapshot.Rollback(ctx, &snapshotv1.RollbackRequest{
		Context: t.context(), AsOf: t.Run.AsOf, Dataset: t.Dataset, ToRevision: t.Run.ToRevision, RevisionOf: t.Run.RevisionOf,
	})
	if err != nil {
		return run.Outcome{}, err
	}
	stream, err := s.ingest.Restore(ctx, &ingestv1.RestoreRequest{
		Context: t.context(), Batch: t.Run.Batch, Dataset: t.Dataset, DatasetVersion: t.Run.Version, AsOf: t.Run.AsOf,
		Target: found.GetTarget(), Tables: found.GetTables(), Keep: found.GetKeep(),
	})
	r, err := last(stream, err, t.Progress, (*ingestv1.RestoreResponse).GetResult)
	if err != nil {
		return run.Outcome{}, err
	}
	return revived(t, r.GetBatch()), nil
}

// revived is the outcome of a batch with candidates, or of one that a guard stopped: there
// is nothing to judge then.
func revived(t Task, batch *ingestv1.Batch) run.Outcome {
	o := run.Outcome{Counts: batch.GetCounts(), Findings: findings(t.Dataset, batch.GetFindings())}
	if batch.GetState() == ingestv1.BatchState_BATCH_STATE_REJECTED {
		o.Failure = verdict(batch.GetFindings(), problem.BatchRejected, "ingest rejected the batch "+batch.GetId())
		return o
	}
	o.Summary = restoreLine(batch) + acceptedLine(batch.GetFindings())
	return o
}

// rollback is what the batch of a rollback makes current again, which was resolved once; nil
// of any other run.
func (s *Services) rollback(ctx context.Context, t Task) (*stepv1.RollbackTarget, error) {
	if t.Run.Mode != run.Rollback {
		return nil, nil //nolint:nilnil // it makes nothing current again
	}
	batch, err := s.batch(ctx, t.Run.Batch)
	return batch.GetRollback(), err
}

// restoreLine says what was made of which revisions.
func restoreLine(batch *ingestv1.Batch) string {
	var from []string
	for _, r := range batch.GetRollback().GetRevisions() {
		from = append(from, fmt.Sprintf("%s revision %d", r.GetSnapshot(), r.GetRevision()))
	}
	known := batch.GetRollback().GetKnownAt().AsTime().UTC().Format(time.RFC3339)
	if n := len(from) - maxNamed; n > 0 {
		from = append(from[:maxNamed:maxNamed], fmt.Sprintf("%d more", n))
	}
	return fmt.Sprintf("%s, as known at %s: %s", stageLine(batch.GetCounts()), known, strings.Join(from, ", "))
}

// report prepares the snapshots of a rollback and has its candidates judged. What quality
// finds in them is told, and stops nothing: they were current before.
func (s *Services) report(ctx context.Context, t Task) (run.Outcome, error) {
	batch, err := s.batch(ctx, t.Run.Batch)
	if err != nil {
		return run.Outcome{}, err
	}
	prepared, err := s.prepare(ctx, t, batch)
	if err != nil && fault.Of(err) != fault.Verdict {
		return run.Outcome{}, err
	}
	validation, judgeErr := s.judge(ctx, t.judging(batch), batch)
	if judgeErr != nil {
		return run.Outcome{}, judgeErr
	}
	o := run.Outcome{
		Counts:   candidateCounts(batch),
		Summary:  validateLine(t.Run.Mode, validation, prepared) + notJudged(t.Dataset, batch) + supersededLine(t, prepared.GetSnapshots()),
		Restated: restatedOf(prepared.GetSnapshots()),
		Findings: findings(t.Dataset, batch.GetFindings(), told(validation)),
	}
	if err != nil {
		refuse(&o, problem.FromError(err))
	}
	return o, nil
}

// told are the findings of a validation that stops nothing.
func told(v *qualityv1.Validation) []*stepv1.Finding {
	var all []*stepv1.Finding
	for _, f := range v.GetFindings() {
		f = proto.CloneOf(f)
		if f.GetSeverity() != datasetv1.Severity_SEVERITY_INFO {
			f.Severity = datasetv1.Severity_SEVERITY_WARNING
			f.Action = "Nothing, if it was so when it was stamped: a rollback makes it current again as it was. " + f.GetAction()
		}
		all = append(all, f)
	}
	return all
}

// notJudged names the tables of a rollback that were not judged.
func notJudged(d *datasetv1.Dataset, batch *ingestv1.Batch) string {
	var names []string
	for _, table := range d.GetTables() {
		i := slices.IndexFunc(batch.GetTables(), func(t *stepv1.DeliveredTable) bool { return t.GetTable() == table.GetName() })
		if i < 0 || len(batch.GetTables()[i].GetHeader()) < len(table.GetColumns()) {
			names = append(names, table.GetName())
		}
	}
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf("; not judged, since its columns are not all kept: %s", strings.Join(names, ", "))
}

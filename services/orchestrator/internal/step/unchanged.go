package step

import (
	"context"
	"strings"

	"github.com/streamflow/streamflow/platform/problem"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
)

// stamped says whether every snapshot of the dataset stands for the as_of, rows and
// all, and what was found where one did not; batch is of the files that were published
// last, which history must hold. What was detached is attached again; a plan only looks.
func (s *Services) stamped(ctx context.Context, t Task, batch *ingestv1.Batch) (stands bool, found string, err error) {
	if !t.snapshots() {
		return true, "", nil
	}
	got, err := s.snapshot.CheckStamped(ctx, &snapshotv1.CheckStampedRequest{
		Context: t.context(), AsOf: t.Run.AsOf, Dataset: t.Dataset, LookOnly: t.Run.Mode == run.Plan,
		Batch: batch.GetOrigin(),
	})
	if err != nil {
		return false, "", err
	}
	stands = true
	var said []string
	for _, st := range got.GetSnapshots() {
		stands = stands && st.GetStands()
		if st.GetFound() != "" {
			said = append(said, st.GetSnapshot()+": "+st.GetFound())
		}
	}
	return stands, strings.Join(said, "; "), nil
}

// knowingStamped is the context of a step that has to know which batch's content history
// holds: a delivery that goes back behind one that was never stamped takes back what that
// one brought. A correction does so anyway.
func (s *Services) knowingStamped(ctx context.Context, t Task) (*stepv1.StepContext, error) {
	c := t.context()
	if !t.snapshots() || t.Run.Supersede || t.Run.Unchanged {
		return c, nil
	}
	got, err := s.snapshot.CheckStamped(ctx, &snapshotv1.CheckStampedRequest{
		Context: t.context(), AsOf: t.Run.AsOf, Dataset: t.Dataset, LookOnly: true,
	})
	c.Stamped, c.NeverStamped = got.GetBatch(), got.GetNeverStamped()
	return c, err
}

// unchanged is the outcome where the files are those last published. The batch is
// published as it is, which writes no row; a plan has nothing left to compute. What
// quality found in the files holds as it did: the run goes by that validation, so that
// a warning does not vanish because the same files were delivered again.
func (s *Services) unchanged(ctx context.Context, t Task, batch *ingestv1.Batch, found string) (run.Outcome, error) {
	validation, err := s.inherited(ctx, t, batch.GetSameAs())
	if err != nil {
		return run.Outcome{}, err
	}
	why := "not needed: the files are those of batch " + batch.GetSameAs()
	o := run.Outcome{
		Counts:     batch.GetCounts(),
		Summary:    "unchanged: the files are those of batch " + batch.GetSameAs() + "; rows edited by hand are looked for with --restage",
		Findings:   findings(t.Dataset, batch.GetFindings(), validation.GetFindings()),
		Validation: validation.GetId(),
		Unchanged:  true,
		Skip:       map[run.Kind]string{run.Validate: why, run.Stamp: why},
	}
	if found != "" {
		o.Summary += "; " + found
	}
	if t.Run.Mode == run.Plan {
		o.Skip[run.PlanChanges] = why
	}
	return o, nil
}

// inherited is the validation by which the run of an earlier batch went; nil where
// there is none. That run is asked for it, since it may have inherited it in turn:
// quality knows none of a batch that was unchanged itself.
func (s *Services) inherited(ctx context.Context, t Task, batch string) (*qualityv1.Validation, error) {
	id, err := t.ValidationOf(ctx, batch)
	if id == "" || err != nil {
		return nil, err
	}
	got, err := s.quality.GetValidation(ctx, &qualityv1.GetValidationRequest{Validation: id})
	if problem.Is(err, problem.ValidationNotFound) {
		return nil, nil //nolint:nilnil // the run goes on without
	}
	return got.GetValidation(), err
}

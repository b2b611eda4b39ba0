package step

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
)

// publish lets live take what the dataset declares by now, and publishes.
func (s *Services) publish(ctx context.Context, t Task) (run.Outcome, error) {
	stood, err := s.unhindered(ctx, t)
	if err != nil {
		return run.Outcome{}, err
	}
	altered, err := s.expand(ctx, t)
	if err != nil {
		return run.Outcome{}, alteredAllTheSame(err, altered)
	}
	asked, err := s.knowingStamped(ctx, t)
	if err != nil {
		return run.Outcome{}, alteredAllTheSame(err, altered)
	}
	bases, err := s.bases(ctx, t)
	if err != nil {
		return run.Outcome{}, alteredAllTheSame(err, altered)
	}
	stream, err := s.ingest.Publish(ctx, &ingestv1.PublishRequest{Context: asked, Batch: t.Run.Batch, Dataset: t.Dataset, Bases: bases})
	r, err := last(stream, err, t.Progress, (*ingestv1.PublishResponse).GetResult)
	if err != nil {
		return run.Outcome{}, alteredAllTheSame(err, altered)
	}
	o := published(t, r.GetBatch())
	if !o.Backfill {
		altered = append(altered, made(stood, r.GetBatch().GetCounts())...)
	}
	o.Summary += alteredLine(altered)
	return o, nil
}

// expand lets live take what the dataset declares by now. Where the files are those of an
// as_of that stands, no stamp follows that would see to history: it grows with live.
func (s *Services) expand(ctx context.Context, t Task) ([]*stepv1.AlteredRelation, error) {
	live, err := s.ingest.Expand(ctx, &ingestv1.ExpandRequest{Context: t.context(), Dataset: t.Dataset})
	if unlessOlder(err) != nil || !t.Run.Unchanged || !t.snapshots() {
		return live.GetAltered(), unlessOlder(err)
	}
	history, err := s.snapshot.Expand(ctx, &snapshotv1.ExpandRequest{Context: t.context(), Dataset: t.Dataset})
	return append(live.GetAltered(), history.GetAltered()...), unlessOlder(err)
}

func published(t Task, batch *ingestv1.Batch) run.Outcome {
	backfill := batch.GetState() == ingestv1.BatchState_BATCH_STATE_BACKFILLED
	o := run.Outcome{
		Counts: batch.GetCounts(), Summary: publishLine(batch.GetCounts(), backfill), Backfill: backfill, Accepted: batch.GetAccepted(),
	}
	if held := slices.Concat(ofPublish(batch), nowhere(t, backfill)); len(held) > 0 {
		o.Findings = findings(t.Dataset, t.Run.Findings, held)
	}
	if backfill && batch.GetLiveStays() != "" {
		o.Summary = "live was left as it is: " + batch.GetLiveStays()
	}
	return o
}

// nowhere warns of a delivery that nothing takes: live holds a later as_of, and there is no
// snapshot of this one.
func nowhere(t Task, backfill bool) []*stepv1.Finding {
	if !backfill || t.snapshots() {
		return nil
	}
	return []*stepv1.Finding{{
		Reason: string(problem.NowhereToGo), Severity: datasetv1.Severity_SEVERITY_WARNING,
		Message: "live holds a later as_of, and the dataset declares no snapshot of " + t.Run.AsOf + ": nothing takes the delivery",
		Action:  "To keep what was true as of each date, declare snapshots in the dataset, and deliver the as_of again.",
	}}
}

// foundByPublish are the reasons of what only publishing, or a plan of it, finds.
var foundByPublish = []problem.Reason{problem.WithdrawalsHeld, problem.OthersRefer, problem.FilesReplaced}

// ofPublish are those of a batch's findings that came of publishing it; the run has the
// others.
func ofPublish(batch *ingestv1.Batch) []*stepv1.Finding {
	var all []*stepv1.Finding
	for _, f := range batch.GetFindings() {
		if slices.Contains(foundByPublish, problem.Reason(f.GetReason())) {
			all = append(all, f)
		}
	}
	return all
}

// Published finds out whether a publish whose answer was not heard took place: it
// returns its outcome, or nil. The answer is only final once the fence under which
// the publish was called has been raised.
func (s *Services) Published(ctx context.Context, t Task) (*run.Outcome, error) {
	b, err := s.batch(ctx, t.Run.Batch)
	if err != nil {
		return nil, err
	}
	switch b.GetState() {
	case ingestv1.BatchState_BATCH_STATE_PUBLISHED, ingestv1.BatchState_BATCH_STATE_BACKFILLED:
		o := published(t, b)
		return &o, nil
	default:
		return nil, nil
	}
}

func (s *Services) plan(ctx context.Context, t Task) (run.Outcome, error) {
	asked, err := s.knowingStamped(ctx, t)
	if err != nil {
		return run.Outcome{}, err
	}
	bases, err := s.bases(ctx, t)
	if err != nil {
		return run.Outcome{}, err
	}
	stream, err := s.ingest.Plan(ctx, &ingestv1.PlanRequest{Context: asked, Batch: t.Run.Batch, Dataset: t.Dataset, Bases: bases})
	r, err := last(stream, err, t.Progress, (*ingestv1.PlanResponse).GetResult)
	if err != nil {
		return run.Outcome{}, err
	}
	warnings, err := s.warnings(ctx, t)
	if err != nil {
		return run.Outcome{}, err
	}
	due, err := s.retention(ctx, t)
	if err != nil {
		return run.Outcome{}, err
	}
	return run.Outcome{
		Counts: r.GetCounts(), Summary: planLine(r) + dueLine(due), Backfill: r.GetBackfill(),
		Findings: findings(t.Dataset, t.Run.Findings, r.GetFindings(), warnings, nowhere(t, r.GetBackfill()), dueNotice(t, due)),
	}, nil
}

// stamp lets history take what the dataset declares by now, and stamps.
func (s *Services) stamp(ctx context.Context, t Task) (run.Outcome, error) {
	altered, err := s.snapshot.Expand(ctx, &snapshotv1.ExpandRequest{Context: t.context(), Dataset: t.Dataset})
	if unlessOlder(err) != nil {
		return run.Outcome{}, err
	}
	target, err := s.rollback(ctx, t)
	if err != nil {
		return run.Outcome{}, err
	}
	tables, err := s.stampable(ctx, t)
	if err != nil {
		return run.Outcome{}, err
	}
	stream, err := s.snapshot.Stamp(ctx, &snapshotv1.StampRequest{
		Context: t.context(), Batch: t.Run.Batch, AsOf: t.Run.AsOf, Dataset: t.Dataset, DatasetVersion: t.Run.Version, Rollback: target, Tables: tables,
	})
	r, err := last(stream, err, t.Progress, (*snapshotv1.StampResponse).GetResult)
	if err != nil {
		return run.Outcome{}, alteredAllTheSame(err, altered.GetAltered())
	}
	o := run.Outcome{
		Counts: stampCounts(r), Summary: stampLine(r) + supersededLine(t, r.GetSnapshots()) + alteredLine(altered.GetAltered()),
		Restated: restatedOf(r.GetSnapshots()),
	}
	if said := append(staleBehind(t, r.GetStale()), lostBehind(r.GetLost())...); len(said) > 0 {
		o.Findings = findings(t.Dataset, t.Run.Findings, said)
	}
	return o, nil
}

// DropStaging drops the candidates of the run's batch; of an erase the keys.
func (s *Services) DropStaging(ctx context.Context, t Task) error {
	if t.Run.Mode.Erases() {
		return s.forget(ctx, t)
	}
	if t.Run.Batch == "" {
		return nil
	}
	_, err := s.ingest.Discard(ctx, &ingestv1.DiscardRequest{Context: t.context(), Batch: t.Run.Batch})
	return err
}

// DropPrepared drops the snapshots that were filled for the run's batch, if any were; of an
// erase the keys.
func (s *Services) DropPrepared(ctx context.Context, t Task) error {
	if t.Run.Mode.Erases() {
		return s.forget(ctx, t)
	}
	if !t.snapshots() || !t.Run.MayHavePrepared() {
		return nil
	}
	_, err := s.snapshot.Discard(ctx, &snapshotv1.DiscardRequest{Context: t.context(), Batch: t.Run.Batch})
	return err
}

// DropAll drops both. That one of them fails does not keep the other.
func (s *Services) DropAll(ctx context.Context, t Task) error {
	var g errgroup.Group
	g.Go(func() error { return s.DropPrepared(ctx, t) })
	g.Go(func() error { return s.DropStaging(ctx, t) })
	return g.Wait()
}

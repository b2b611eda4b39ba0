package console

import (
	"github.com/streamflow/streamflow/platform/problem"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/services/gateway/internal/backend"
)

// evidence is what is known of one as_of, newest first.
type evidence struct {
	batches     []*ingestv1.Batch
	validations []*qualityv1.Validation
	snapshots   []*snapshotv1.Snapshot
	// run is the newest that was to publish; nil where none is known.
	run *orchestratorv1.Run
	// planned says that somebody asked what a delivery would change.
	planned bool
}

// decisive is the newest run that was to publish; nil where there is none.
func decisive(runs []*orchestratorv1.Run) *orchestratorv1.Run {
	for _, run := range runs {
		if backend.Stamps(run) {
			return run
		}
	}
	return nil
}

// state says in a few words how far an as_of has come, and how that is coloured. What
// is going on goes before what was reached, and what was reached is said together
// with the newest delivery where that one failed.
func state(h holding, e evidence, declared int) (string, string) {
	reached := e.reached(declared)
	switch {
	case e.run != nil && !over(e.run.GetState()):
		return label(e.run.GetState()), "busy"
	case h.noBatches || h.noSnapshots:
		return unknown, "idle"
	case reached != "" && e.refused():
		return reached + ", newest delivery refused", "bad"
	case reached != "" && e.failed():
		return reached + ", newest run " + failure(e.run), "bad"
	case reached == complete:
		return complete, "good"
	case reached != "":
		return reached + ", not stamped", "busy"
	case e.failed():
		return failure(e.run), "bad"
	case e.refused():
		return "refused", "bad"
	default:
		return e.begun()
	}
}

const complete = "complete"

// reached says what earlier deliveries came to: complete, published or nothing.
func (e evidence) reached(declared int) string {
	switch {
	case len(e.snapshots) > 0 && len(e.snapshots) >= declared:
		return complete
	case newestPublished(e.batches) != nil && declared == 0: // there is no history to stamp
		return complete
	case newestPublished(e.batches) != nil:
		return "published"
	default:
		return ""
	}
}

// begun says how far an as_of is of which nothing was published.
func (e evidence) begun() (string, string) {
	switch {
	case e.run.GetState() == orchestratorv1.RunState_RUN_STATE_CANCELLED:
		return label(e.run.GetState()), "idle"
	case len(e.batches) > 0:
		return label(e.batches[0].GetState()), "idle"
	case e.run != nil:
		return label(e.run.GetState()), "idle"
	case e.planned:
		return "only planned", "idle"
	default:
		return "nothing received", "gap"
	}
}

func (e evidence) failed() bool {
	return e.run.GetState() == orchestratorv1.RunState_RUN_STATE_FAILED
}

// failure is "failed", and why.
func failure(run *orchestratorv1.Run) string {
	if run.GetReason() == "" {
		return "failed"
	}
	return "failed: " + run.GetReason()
}

// refused says whether the newest delivery was found bad. Its run knows; where no run
// is known, the newest batch and its validation do.
func (e evidence) refused() bool {
	if e.run != nil {
		return e.failed() && problem.Lookup(problem.Reason(e.run.GetReason())).Exit == problem.ExitData
	}
	if len(e.batches) == 0 {
		return false
	}
	newest := e.batches[0]
	switch newest.GetState() {
	case ingestv1.BatchState_BATCH_STATE_REJECTED:
		return true
	case ingestv1.BatchState_BATCH_STATE_PUBLISHED, ingestv1.BatchState_BATCH_STATE_BACKFILLED:
		return false
	default:
		return len(e.validations) > 0 && e.validations[0].GetBatch() == newest.GetId() && !e.validations[0].GetSuccess()
	}
}

func over(s orchestratorv1.RunState) bool {
	return s == orchestratorv1.RunState_RUN_STATE_SUCCEEDED || s == orchestratorv1.RunState_RUN_STATE_FAILED ||
		s == orchestratorv1.RunState_RUN_STATE_CANCELLED
}

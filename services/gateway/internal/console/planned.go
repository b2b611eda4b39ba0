package console

import (
	"cmp"

	"github.com/streamflow/streamflow/platform/wording"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
)

// delivered leaves of the batches and validations of one as_of those that were to be
// published, and says whether there was anything else: a plan delivers nothing, and its
// batch is discarded whatever it found. A batch says so itself; of one that an earlier
// version staged, or that is being staged, its run does.
func delivered(batches []*ingestv1.Batch, validations []*qualityv1.Validation, runs []*orchestratorv1.Run) ([]*ingestv1.Batch, []*qualityv1.Validation, bool) {
	plans := map[string]bool{} // by the identifiers of runs
	for _, r := range runs {
		if r.GetMode() == orchestratorv1.RunMode_RUN_MODE_PLAN {
			plans[r.GetId()] = true
		}
	}
	for _, b := range batches {
		if b.GetPlan() {
			plans[b.GetRun()] = true
		}
	}
	return unplanned(batches, plans), unplanned(validations, plans), len(plans) > 0
}

func unplanned[T interface{ GetRun() string }](all []T, plans map[string]bool) []T {
	var some []T
	for _, one := range all {
		if !plans[one.GetRun()] {
			some = append(some, one)
		}
	}
	return some
}

// batchState is the state of a batch in a word.
func batchState(b *ingestv1.Batch) string {
	return cmp.Or(wording.Planned(b), label(b.GetState()))
}

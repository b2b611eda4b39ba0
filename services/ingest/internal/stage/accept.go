package stage

import (
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/acceptance"
)

// accept makes notes of the findings of guards that somebody accepted for the run, and
// records in the batch what was accepted.
func (w *work) accept() {
	for _, f := range w.batch.GetFindings() {
		if f.GetSeverity() != datasetv1.Severity_SEVERITY_CRITICAL {
			continue
		}
		a := acceptance.Of(w.req.Accepted, problem.Reason(f.GetReason()), f.GetTable(), f.GetCount())
		if a == nil {
			continue
		}
		f.Severity, f.AcceptedBy = datasetv1.Severity_SEVERITY_INFO, a.GetBy()
		f.Message += "; accepted for this run by " + a.GetBy()
		acceptance.Record(w.batch, a, f.GetTable(), f.GetCount())
	}
}

package stage

import (
	"fmt"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
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
			f.Action += w.tooNarrow(f)
			continue
		}
		f.Severity, f.AcceptedBy = datasetv1.Severity_SEVERITY_INFO, a.GetBy()
		f.Message += "; accepted for this run by " + a.GetBy()
		acceptance.Record(w.batch, a, f.GetTable(), f.GetCount())
	}
}

// tooNarrow says of a finding about the delivery as a whole that what was accepted is
// one of its tables; nothing where that is not so.
func (w *work) tooNarrow(f *stepv1.Finding) string {
	if f.GetTable() != "" {
		return ""
	}
	for _, a := range w.req.Accepted {
		if a.GetReason() != f.GetReason() || a.GetTable() == "" {
			continue
		}
		if a.GetFromRun() != "" {
			return fmt.Sprintf(" What %s found and you accepted is that of %s alone, and not the delivery as a whole.", a.GetFromRun(), a.GetTable())
		}
		return fmt.Sprintf(" What you accepted, %[1]s:%[2]s, is that of %[2]s alone: drop `:%[2]s` to accept the delivery as a whole.", a.GetReason(), a.GetTable())
	}
	return ""
}

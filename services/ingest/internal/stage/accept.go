package stage

import (
	"fmt"
	"slices"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/acceptance"
)

// accept makes notes of the findings of guards that somebody accepted for the run, and
// records in the batch what was accepted. The others say why what was accepted does not
// cover them, where that may be asked.
func (w *work) accept() {
	var stay []*stepv1.Finding
	for _, f := range w.batch.GetFindings() {
		if f.GetSeverity() != datasetv1.Severity_SEVERITY_CRITICAL {
			continue
		}
		a := acceptance.Of(w.req.Accepted, problem.Reason(f.GetReason()), f.GetTable(), f.GetCount())
		if a == nil {
			stay = append(stay, f)
			continue
		}
		f.Severity, f.AcceptedBy = datasetv1.Severity_SEVERITY_INFO, a.GetBy()
		f.Message += "; accepted for this run by " + a.GetBy()
		acceptance.Record(w.batch, a, f.GetTable(), f.GetCount())
	}
	for _, f := range stay {
		f.Message += acceptance.TooFew(w.req.Accepted, problem.Reason(f.GetReason()), f.GetTable(), f.GetCount())
		f.Action += w.elsewhere(f)
	}
}

// elsewhere says of a finding that what was accepted of its kind is that of another
// table, where that table has no such finding; nothing where that is not so.
func (w *work) elsewhere(f *stepv1.Finding) string {
	for _, a := range w.req.Accepted {
		if a.GetReason() != f.GetReason() || a.GetTable() == "" || a.GetTable() == f.GetTable() || w.found(f.GetReason(), a.GetTable()) {
			continue
		}
		if f.GetTable() == "" {
			return tooNarrow(a)
		}
		if a.GetFromRun() != "" {
			return fmt.Sprintf(" What %s found and you accepted is that of %s, and not of %s.", a.GetFromRun(), a.GetTable(), f.GetTable())
		}
		return fmt.Sprintf(" What you accepted, %[1]s:%[2]s, is that of %[2]s, where no guard found it.", a.GetReason(), a.GetTable())
	}
	return ""
}

// found says whether the batch has a finding of a table.
func (w *work) found(reason, table string) bool {
	return slices.ContainsFunc(w.batch.GetFindings(), func(f *stepv1.Finding) bool {
		return f.GetReason() == reason && f.GetTable() == table
	})
}

// tooNarrow says of a finding about the delivery as a whole that what was accepted is
// one of its tables.
func tooNarrow(a *stepv1.Acceptance) string {
	if a.GetFromRun() != "" {
		return fmt.Sprintf(" What %s found and you accepted is that of %s alone, and not the delivery as a whole.", a.GetFromRun(), a.GetTable())
	}
	return fmt.Sprintf(" What you accepted, %[1]s:%[2]s, is that of %[2]s alone: drop `:%[2]s` to accept the delivery as a whole.", a.GetReason(), a.GetTable())
}

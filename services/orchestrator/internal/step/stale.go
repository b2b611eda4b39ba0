package step

import (
	"fmt"
	"strings"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// staleBehind warns of the later dates that stand on what a run has stamped anew; nil where
// there are none, and where the run is one of a chain that makes them anew.
func staleBehind(t Task, dates []string) *stepv1.Finding {
	if len(dates) == 0 || t.Run.Restamp {
		return nil
	}
	found := dates
	if n := len(found) - maxNamed; n > 0 {
		found = append(found[:maxNamed:maxNamed], fmt.Sprintf("%d more", n))
	}
	return &stepv1.Finding{
		Reason: string(problem.SnapshotStale), Severity: datasetv1.Severity_SEVERITY_WARNING,
		Message: "later as_of dates stand on what is another by now, and are stale: " + strings.Join(found, ", "),
		Action: fmt.Sprintf("Make them again from what was delivered, `sfctl run start --restamp --from %s`, or deliver them again, the oldest first, with --supersede --reason. "+
			"Until then lists mark them, and training sets refuse them.", dates[0]),
	}
}

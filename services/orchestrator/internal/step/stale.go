package step

import (
	"fmt"
	"strings"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
)

// staleBehind warns of the later dates that stand on what a run has stamped anew; none where
// there are none, and where the run is one of a chain that makes them anew.
func staleBehind(t Task, dates []string) []*stepv1.Finding {
	return ofStale(t, dates, "later as_of dates stand on what is another by now, and are stale: ", "Make them again")
}

// staleThen are what a plan says of it before.
func staleThen(t Task, dates []string) []*stepv1.Finding {
	if t.Run.Mode != run.Plan {
		return nil
	}
	return ofStale(t, dates, "later as_of dates would stand on what is another then, and be stale: ", "After the run, make them again")
}

func ofStale(t Task, dates []string, message, action string) []*stepv1.Finding {
	if len(dates) == 0 || t.Run.Restamp {
		return nil
	}
	return []*stepv1.Finding{{
		Reason: string(problem.SnapshotStale), Severity: datasetv1.Severity_SEVERITY_WARNING,
		Message: message + someOf(dates),
		Action: fmt.Sprintf("%s from what was delivered, `sfctl run start --dataset %s --restamp --from %s`, or deliver them again, the oldest first, with --supersede --reason. "+
			"Until then lists mark them, and training sets refuse them.", action, t.Run.Dataset, dates[0]),
	}}
}

// lostBehind warns of dates whose rows others dropped from the history: a run brings back those
// of its own as_of alone.
func lostBehind(dates []string) []*stepv1.Finding {
	if len(dates) == 0 {
		return nil
	}
	return []*stepv1.Finding{{
		Reason: string(problem.HistoryLost), Severity: datasetv1.Severity_SEVERITY_WARNING, Count: int64(len(dates)),
		Message: "the history has lost rows of other as_of dates, whose tables somebody dropped or renamed: " + someOf(dates),
		Action: "Deliver the same files of each of these dates again: what they held is stamped anew under its entry. " +
			"Or restore the tables from a backup. Until then lists mark them as lost.",
	}}
}

// someOf names dates, and counts those that are too many to be named.
func someOf(dates []string) string {
	named := dates
	if n := len(named) - maxNamed; n > 0 {
		named = append(named[:maxNamed:maxNamed], fmt.Sprintf("%d more", n))
	}
	return strings.Join(named, ", ")
}
